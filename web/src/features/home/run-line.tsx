import { Link } from "@tanstack/react-router";
import type { Run } from "@/api/types";
import { StatusBadge } from "@/components/ui/status-badge";
import { Duration, RelativeTime } from "@/components/ui/time";

/** A run in one line; all of it is the link. */
export function RunLine({ run }: { readonly run: Run }) {
  const isOver = run.completed_at !== null;
  const { prompt } = run.input;
  const said = run.error_message ?? (typeof prompt === "string" ? prompt : null);
  return (
    <Link
      to="/runs/$runId"
      params={{ runId: run.id }}
      className="flex items-center gap-3 px-4 py-2.5 hover:bg-hover focus-visible:-outline-offset-2"
    >
      <StatusBadge status={run.status} />
      <span className="min-w-0 flex-1">
        <span className="block truncate font-medium text-sm">{run.target_name}</span>
        {said !== null && <span className="block truncate text-muted text-xs">{said}</span>}
      </span>
      <span className="shrink-0 text-right text-muted text-xs tabular-nums">
        <span className="block">
          <RelativeTime at={run.started_at ?? run.created_at} />
        </span>
        <Duration ms={run.duration_ms} since={isOver ? null : run.started_at} />
      </span>
    </Link>
  );
}
