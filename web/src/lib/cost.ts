/** A cost as the API tells it, and the one way to write it. The command line writes the same (cli/client/format.py). */
import { money } from "./format";

/** none: no model was called. partial: some prices are unknown, so the figure is a lower bound. */
export type CostState = "none" | "known" | "partial" | "unknown";

export interface Cost {
  readonly cost_usd: string | number | null;
  readonly cost_state: CostState;
  /** The provider sent no token counts for some call: they are estimated from the length of the texts. */
  readonly is_estimated?: boolean;
}

export const NO_COST: Cost = { cost_usd: null, cost_state: "none" };

/** Behind counts and costs of calls for which the provider sent no token counts. */
export const ESTIMATED = " (estimated)";

/** "—", "$0.0123", "≥ $0.0123", "$0.0123 (estimated)" or "unknown". */
export function cost({ cost_usd, cost_state, is_estimated }: Cost): string {
  if (cost_state === "none") return "—";
  if (cost_state === "unknown" || cost_usd === null) return "unknown";
  const figure = money(Number(cost_usd)) + (is_estimated ? ESTIMATED : "");
  return cost_state === "partial" ? `≥ ${figure}` : figure;
}

/** What the figure means, in a sentence. */
export function costMeaning({ cost_usd, cost_state, is_estimated }: Cost): string {
  if (cost_state === "none") return "No model was called.";
  if (cost_state === "unknown") return "The price of the model is unknown.";
  const sum = `Estimated from list prices: ${cost_usd} US dollars`;
  const meaning = cost_state === "partial" ? `${sum} or more. The price of some calls is unknown.` : `${sum}.`;
  return is_estimated ? `${meaning} The provider sent no token counts for some calls: theirs are estimated.` : meaning;
}

/** The cost of one call: its usage is there once it was made. */
export function costOfCall(cost_usd: string | number | null | undefined, isEstimated = false): Cost {
  const cost: Cost = { cost_usd: cost_usd ?? null, cost_state: cost_usd == null ? "unknown" : "known" };
  return isEstimated ? { ...cost, is_estimated: true } : cost;
}

/** The sum of some costs. */
export function sumOf(costs: readonly Cost[]): Cost {
  const counted = costs.filter(({ cost_state }) => cost_state !== "none");
  if (counted.length === 0) return NO_COST;
  const isAnyKnown = counted.some(({ cost_usd }) => cost_usd !== null);
  if (!isAnyKnown) return { cost_usd: null, cost_state: "unknown" };
  const isAllKnown = counted.every(({ cost_state }) => cost_state === "known");
  const sum = counted.reduce((all, { cost_usd }) => all + Number(cost_usd ?? 0), 0);
  const isEstimated = counted.some(({ is_estimated }) => is_estimated);
  return { cost_usd: sum, cost_state: isAllKnown ? "known" : "partial", ...(isEstimated ? { is_estimated: true } : {}) };
}
