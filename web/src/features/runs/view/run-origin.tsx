import { Link } from "@tanstack/react-router";
import type { Run } from "@/api/types";
import { shortId } from "@/lib/format";

const ORIGINS = [
  ["retry_of_run_id", "Retry of"],
  ["forked_from_run_id", "Forked from"],
  ["parent_run_id", "Started by run"],
] as const;

/** Links to the runs that a run comes from, with how. */
export function originsOf(run: Run): { readonly label: string; readonly runId: string }[] {
  return ORIGINS.flatMap(([field, label]) => (run[field] === null ? [] : [{ label, runId: run[field] }]));
}

export function RunIdLink({ runId, label }: { readonly runId: string; readonly label: string }) {
  return (
    <Link
      to="/runs/$runId"
      params={{ runId }}
      aria-label={`${label} run ${shortId(runId)}`}
      title={runId}
      className="font-mono text-accent-text text-xs underline-offset-2 hover:underline"
    >
      {shortId(runId)}
    </Link>
  );
}
