import { useQuery } from "@tanstack/react-query";
import { CostText } from "@/components/ui/cost-text";
import { Duration } from "@/components/ui/time";
import { count } from "@/lib/format";
import { readRun, runKeys } from "../api";
import { isOver } from "../types";

/** Under an answer: which model wrote it, how long it took, its tokens and its cost. */
export function AnswerFacts({ runId }: { readonly runId: string }) {
  // The thumbs beside it read the same.
  const run = useQuery({ queryKey: runKeys.feedback(runId), queryFn: ({ signal }) => readRun(runId, signal) }).data;
  if (!run || !isOver(run.status)) return null;
  const { input_tokens: sent, output_tokens: received } = run.resource_usage;
  return (
    <span className="flex min-w-0 flex-wrap items-center gap-x-2 px-1.5 text-faint text-xs tabular-nums">
      {run.model !== null && <span className="max-w-48 truncate">{run.model}</span>}
      <Duration ms={run.duration_ms} />
      {sent + received > 0 && (
        <span title={`${count(sent)} in, ${count(received)} out`}>{count(sent + received)} tokens</span>
      )}
      <CostText value={run.resource_usage} />
    </span>
  );
}
