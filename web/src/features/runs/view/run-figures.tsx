import { useQuery } from "@tanstack/react-query";
import { CostText } from "@/components/ui/cost-text";
import { StatusBadge } from "@/components/ui/status-badge";
import { duration } from "@/lib/format";
import { readRun, runOverview } from "../api";

const POLL_MS = 2000;

/** How a run stands: status, time, and what it cost with the runs of its members. */
export function RunFigures({ runId }: { readonly runId: string }) {
  const run = useQuery({
    queryKey: ["runs", "figures", runId],
    queryFn: ({ signal }) => readRun(runId, signal),
    meta: { live: ["run"] },
    refetchInterval: (query) => (query.state.data?.completed_at ? false : POLL_MS),
  }).data;
  const overview = useQuery({ ...runOverview(runId), enabled: run?.completed_at != null }).data;
  if (!run) return null;
  return (
    <p className="flex flex-wrap items-center gap-x-3 gap-y-1 text-muted text-xs tabular-nums">
      <StatusBadge status={run.status} />
      {run.duration_ms !== null && <span>{duration(run.duration_ms)}</span>}
      {overview && (
        <>
          <span>{overview.total_cost.model_calls} model calls</span>
          <CostText value={overview.total_cost} />
        </>
      )}
    </p>
  );
}
