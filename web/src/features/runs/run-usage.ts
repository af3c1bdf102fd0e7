/** What a run has used: the row's totals when it has ended, else the sum of its steps so far. */
import type { Run, Step } from "@/api/types";
import { isOver } from "./types";

export interface RunUsage {
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** null: the price of at least one call is not known. Undefined: no model was called yet. */
  readonly cost: number | null | undefined;
}

export function usageOf(run: Run, steps: readonly Step[]): RunUsage {
  const total = run.resource_usage;
  const hasTotals = isOver(run.status) && (total.model_calls ?? 0) > 0;
  if (hasTotals)
    return { inputTokens: total.input_tokens ?? 0, outputTokens: total.output_tokens ?? 0, cost: total.cost_usd ?? null };
  const used = steps.flatMap((step) => (step.usage ? [step.usage] : []));
  const sum = (values: (number | null | undefined)[]) => values.reduce<number>((all, one) => all + (one ?? 0), 0);
  const costs = used.map((usage) => usage.cost_usd);
  return {
    inputTokens: sum(used.map((usage) => usage.input_tokens)),
    outputTokens: sum(used.map((usage) => usage.output_tokens)),
    cost: used.length === 0 ? undefined : costs.some((cost) => cost == null) ? null : sum(costs),
  };
}
