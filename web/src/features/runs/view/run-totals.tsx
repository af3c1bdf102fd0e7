import { useQuery, useQueryClient } from "@tanstack/react-query";
import { CostText } from "@/components/ui/cost-text";
import { Duration } from "@/components/ui/time";
import { count } from "@/lib/format";
import { runView } from "../api";

/** What a run took, in one line: time, tokens, money. */
export function RunTotals({ runId }: { readonly runId: string }) {
  const client = useQueryClient();
  const run = useQuery(runView(runId, client)).data?.run;
  if (!run) return null;
  const { input_tokens, output_tokens } = run.resource_usage;
  return (
    <span className="flex flex-wrap items-center gap-x-2 tabular-nums">
      {run.model !== null && <span className="max-w-40 truncate">{run.model}</span>}
      <Duration ms={run.duration_ms} />
      <span>{count((input_tokens ?? 0) + (output_tokens ?? 0))} tokens</span>
      <CostText value={run.resource_usage} />
    </span>
  );
}
