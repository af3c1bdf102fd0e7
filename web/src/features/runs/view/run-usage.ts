/** What a run has used: the row's totals when it has ended, else the sum of its steps so far. */
import type { Run, Step } from "@/api/types";
import { type Cost, costOfCall, sumOf } from "@/lib/cost";
import { isOver } from "../types";

export interface RunUsage {
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly cost: Cost;
  /** The provider sent no token counts for some call. */
  readonly isEstimated: boolean;
}

export function usageOf(run: Run, steps: readonly Step[]): RunUsage {
  const total = run.resource_usage;
  if (isOver(run.status) && total.cost_state !== "none") {
    const { input_tokens: inputTokens, output_tokens: outputTokens, is_estimated: isEstimated } = total;
    return { inputTokens, outputTokens, cost: total, isEstimated };
  }
  const used = steps.flatMap((step) => (step.usage ? [step.usage] : []));
  const sum = (values: (number | null | undefined)[]) => values.reduce<number>((all, one) => all + (one ?? 0), 0);
  return {
    inputTokens: sum(used.map((usage) => usage.input_tokens)),
    outputTokens: sum(used.map((usage) => usage.output_tokens)),
    cost: sumOf(used.map((usage) => costOfCall(usage.cost_usd, usage.is_estimated ?? false))),
    isEstimated: used.some((usage) => usage.is_estimated),
  };
}
