/** A cost as the API tells it, and the one way to write it. The command line writes the same (cli/client/format.py). */
import { money } from "./format";

/** none: no model was called. partial: some prices are unknown, so the figure is a lower bound. */
export type CostState = "none" | "known" | "partial" | "unknown";

export interface Cost {
  readonly cost_usd: string | number | null;
  readonly cost_state: CostState;
}

export const NO_COST: Cost = { cost_usd: null, cost_state: "none" };

/** "—", "$0.0123", "≥ $0.0123" or "unknown". */
export function cost({ cost_usd, cost_state }: Cost): string {
  if (cost_state === "none") return "—";
  if (cost_state === "unknown" || cost_usd === null) return "unknown";
  return cost_state === "partial" ? `≥ ${money(Number(cost_usd))}` : money(Number(cost_usd));
}

/** What the figure means, in a sentence. */
export function costMeaning({ cost_usd, cost_state }: Cost): string {
  if (cost_state === "none") return "No model was called.";
  if (cost_state === "unknown") return "The price of the model is unknown.";
  const sum = `Estimated from list prices: ${cost_usd} US dollars`;
  return cost_state === "partial" ? `${sum} or more. The price of some calls is unknown.` : `${sum}.`;
}

/** The cost of one call: its usage is there once it was made. */
export function costOfCall(cost_usd: string | number | null | undefined): Cost {
  return { cost_usd: cost_usd ?? null, cost_state: cost_usd == null ? "unknown" : "known" };
}

/** The sum of some costs. */
export function sumOf(costs: readonly Cost[]): Cost {
  const counted = costs.filter(({ cost_state }) => cost_state !== "none");
  if (counted.length === 0) return NO_COST;
  const isAnyKnown = counted.some(({ cost_usd }) => cost_usd !== null);
  if (!isAnyKnown) return { cost_usd: null, cost_state: "unknown" };
  const isAllKnown = counted.every(({ cost_state }) => cost_state === "known");
  const sum = counted.reduce((all, { cost_usd }) => all + Number(cost_usd ?? 0), 0);
  return { cost_usd: sum, cost_state: isAllKnown ? "known" : "partial" };
}
