import { History, RotateCcw } from "lucide-react";
import { type ReactNode, useState } from "react";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { ErrorNotice } from "@/components/ui/notice";
import { RelativeTime } from "@/components/ui/time";
import { cx } from "@/lib/cx";

interface Version {
  readonly version: number;
  readonly note: string;
  readonly created_at: string;
  readonly created_by: { readonly full_name: string } | null;
}

interface Props {
  version: Version;
  /** The number of the newest version. */
  newest: number;
  isOpen: boolean;
  onToggle: () => void;
  canWrite: boolean;
  restore: { isPending: boolean; error: unknown; run: () => void };
  renderDiff: (version: number, against: number) => ReactNode;
}

/** One version of an agent or a team: who saved it, what it changed, and the way back to it. */
export function VersionEntry({ version, newest, isOpen, onToggle, canWrite, restore, renderDiff }: Props) {
  const [against, setAgainst] = useState<"previous" | "current">("previous");
  const number = version.version;
  const isCurrent = number === newest;
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
            Version {number} {isCurrent && <Badge tone="success">Current</Badge>}
          </span>
          <span className="block truncate text-muted text-xs">
            {version.note || "no note"} · {version.created_by?.full_name || "a former member"}
          </span>
        </span>
        <RelativeTime at={version.created_at} className="shrink-0 text-faint text-xs" />
      </button>
      {isOpen && (
        <div className="flex flex-col gap-3 border-line border-t px-3 py-3">
          {!isCurrent && (
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
                variant={against === "current" ? "primary" : "secondary"}
                aria-pressed={against === "current"}
                onClick={() => setAgainst("current")}
              >
                Compare with current
              </Button>
              <span className="flex-1" />
              {canWrite && (
                <Button size="sm" icon={RotateCcw} busy={restore.isPending} onClick={restore.run}>
                  Restore
                </Button>
              )}
            </div>
          )}
          <ErrorNotice error={restore.error} />
          {number === 1 && against === "previous" ? (
            <p className="text-muted text-sm">This is the first version.</p>
          ) : (
            renderDiff(number, against === "previous" ? number - 1 : newest)
          )}
        </div>
      )}
    </li>
  );
}
