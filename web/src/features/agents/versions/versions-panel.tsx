import { useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { Agent, AgentVersion } from "@/api/types";
import { LoadMore } from "@/components/ui/load-more";
import { Loaded } from "@/components/ui/page-states";
import { SidePanel } from "@/components/ui/side-panel";
import { useToast } from "@/components/ui/toast";
import { VersionDiff } from "@/components/version-diff";
import { VersionEntry } from "@/components/version-entry";
import { useRestoreVersion, versionList } from "../api";

interface Props {
  agent: Agent;
  canWrite: boolean;
  onClose: () => void;
  onRestored: (agent: Agent) => void;
}

/** Every version of an agent, what each changed, and the way back to it. */
export function VersionsPanel({ agent, canWrite, onClose, onRestored }: Props) {
  const versions = useInfiniteQuery(versionList(agent.id));
  const [shown, setShown] = useState<number | null>(null);
  return (
    <SidePanel open onClose={onClose} title={`Versions of ${agent.name}`} width="lg">
      <Loaded query={versions}>
        {(data) => {
          const rows = data.pages.flatMap((page) => page.items);
          return (
            <ol className="flex flex-col gap-1.5">
              {rows.map((version) => (
                <Version
                  key={version.version}
                  agent={agent}
                  version={version}
                  isOpen={shown === version.version}
                  onToggle={() => setShown(shown === version.version ? null : version.version)}
                  canWrite={canWrite}
                  onRestored={onRestored}
                />
              ))}
            </ol>
          );
        }}
      </Loaded>
      <LoadMore query={versions} />
    </SidePanel>
  );
}

interface VersionProps {
  agent: Agent;
  version: AgentVersion;
  isOpen: boolean;
  onToggle: () => void;
  canWrite: boolean;
  onRestored: (agent: Agent) => void;
}

function Version({ agent, version, isOpen, onToggle, canWrite, onRestored }: VersionProps) {
  const toast = useToast();
  const restore = useRestoreVersion(agent.id);
  function run(): void {
    restore.mutate(version.version, {
      onSuccess: (restored) => {
        toast.success(`Version ${version.version} restored as version ${restored.version}.`);
        onRestored(restored);
      },
    });
  }
  return (
    <VersionEntry
      version={version}
      newest={agent.version}
      isOpen={isOpen}
      onToggle={onToggle}
      canWrite={canWrite}
      restore={{ isPending: restore.isPending, error: restore.error, run }}
      renderDiff={(number, against) => (
        <VersionDiff target={{ type: "agent", id: agent.id }} version={number} against={against} />
      )}
    />
  );
}
