import { useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { Team, TeamVersion } from "@/api/types";
import { LoadMore } from "@/components/ui/load-more";
import { Loaded } from "@/components/ui/page-states";
import { SidePanel } from "@/components/ui/side-panel";
import { useToast } from "@/components/ui/toast";
import { VersionDiff } from "@/components/version-diff";
import { VersionEntry } from "@/components/version-entry";
import { useRestoreTeamVersion, versionList } from "./api";

interface Props {
  team: Team;
  canWrite: boolean;
  onClose: () => void;
  onRestored: (team: Team) => void;
}

/** Every version of a team, what each changed, and the way back to it. */
export function VersionsPanel({ team, canWrite, onClose, onRestored }: Props) {
  const versions = useInfiniteQuery(versionList(team.id));
  const [shown, setShown] = useState<number | null>(null);
  return (
    <SidePanel open onClose={onClose} title={`Versions of ${team.name}`} width="lg">
      <Loaded query={versions}>
        {(data) => (
          <ol className="flex flex-col gap-1.5">
            {data.pages
              .flatMap((page) => page.items)
              .map((version) => (
                <Version
                  key={version.version}
                  team={team}
                  version={version}
                  isOpen={shown === version.version}
                  onToggle={() => setShown(shown === version.version ? null : version.version)}
                  canWrite={canWrite}
                  onRestored={onRestored}
                />
              ))}
          </ol>
        )}
      </Loaded>
      <LoadMore query={versions} />
    </SidePanel>
  );
}

interface VersionProps extends Omit<Props, "onClose"> {
  version: TeamVersion;
  isOpen: boolean;
  onToggle: () => void;
}

function Version({ team, version, isOpen, onToggle, canWrite, onRestored }: VersionProps) {
  const toast = useToast();
  const restore = useRestoreTeamVersion(team.id);
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
      newest={team.version}
      isOpen={isOpen}
      onToggle={onToggle}
      canWrite={canWrite}
      restore={{ isPending: restore.isPending, error: restore.error, run }}
      renderDiff={(number, against) => (
        <VersionDiff target={{ type: "team", id: team.id }} version={number} against={against} />
      )}
    />
  );
}
