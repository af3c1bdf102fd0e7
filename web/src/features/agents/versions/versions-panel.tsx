import { useInfiniteQuery } from "@tanstack/react-query";
import { History, RotateCcw } from "lucide-react";
import { useState } from "react";
import type { Agent, AgentVersion } from "@/api/types";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { LoadMore } from "@/components/ui/load-more";
import { ErrorNotice } from "@/components/ui/notice";
import { Loaded } from "@/components/ui/page-states";
import { SidePanel } from "@/components/ui/side-panel";
import { RelativeTime } from "@/components/ui/time";
import { useToast } from "@/components/ui/toast";
import { cx } from "@/lib/cx";
import { useRestoreVersion, versionList } from "../api";
import { definitionOf } from "../editor/draft";
import { DefinitionDiff } from "./definition-diff";

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
              {rows.map((version, index) => (
                <Version
                  key={version.version}
                  agent={agent}
                  version={version}
                  previous={rows[index + 1]}
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
  previous: AgentVersion | undefined;
  isOpen: boolean;
  onToggle: () => void;
  canWrite: boolean;
  onRestored: (agent: Agent) => void;
}

function Version({ agent, version, previous, isOpen, onToggle, canWrite, onRestored }: VersionProps) {
  const toast = useToast();
  const [against, setAgainst] = useState<"previous" | "present">("previous");
  const restore = useRestoreVersion(agent.id);
  const isPresent = version.version === agent.version;
  const base = against === "previous" ? previous?.snapshot : definitionOf(agent);
  function onRestore(): void {
    restore.mutate(version.version, {
      onSuccess: (restored) => {
        toast.success(`Version ${version.version} restored as version ${restored.version}.`);
        onRestored(restored);
      },
    });
  }
  return (
    <li className={cx("rounded-lg border", isOpen ? "border-line-strong" : "border-line")}>
      <button
        type="button"
        aria-expanded={isOpen}
        onClick={onToggle}
        className="flex w-full items-center gap-3 rounded-lg px-3 py-2.5 text-left hover:bg-hover"
      >
        <History aria-hidden className="size-4 shrink-0 text-faint" />
        <span className="min-w-0 flex-1">
          <span className="flex items-center gap-1.5 font-medium text-fg">
            Version {version.version} {isPresent && <Badge tone="success">Current</Badge>}
          </span>
          <span className="block truncate text-muted text-xs">
            {version.note || "no note"} · {version.created_by?.full_name || "a former member"}
          </span>
        </span>
        <RelativeTime at={version.created_at} className="shrink-0 text-faint text-xs" />
      </button>
      {isOpen && (
        <div className="flex flex-col gap-3 border-line border-t px-3 py-3">
          {!isPresent && (
            <div className="flex flex-wrap items-center gap-2">
              <Button
                size="sm"
                variant={against === "previous" ? "primary" : "secondary"}
                aria-pressed={against === "previous"}
                onClick={() => setAgainst("previous")}
              >
                Changes
              </Button>
              <Button
                size="sm"
                variant={against === "present" ? "primary" : "secondary"}
                aria-pressed={against === "present"}
                onClick={() => setAgainst("present")}
              >
                Compare with current
              </Button>
              <span className="flex-1" />
              {canWrite && (
                <Button size="sm" icon={RotateCcw} busy={restore.isPending} onClick={onRestore}>
                  Restore
                </Button>
              )}
            </div>
          )}
          <ErrorNotice error={restore.error} />
          {base ? (
            <DefinitionDiff before={base} after={version.snapshot} />
          ) : (
            <p className="text-muted text-sm">This is the first version.</p>
          )}
        </div>
      )}
    </li>
  );
}
