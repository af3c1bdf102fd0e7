import { expect, test } from "vitest";
import { type Cost, cost, costMeaning, costOfCall, NO_COST, sumOf } from "./cost";

const KNOWN: Cost = { cost_usd: "0.0123", cost_state: "known" };
const UNKNOWN: Cost = { cost_usd: null, cost_state: "unknown" };

test.each([
  [NO_COST, "—"],
  [{ cost_usd: "0", cost_state: "known" }, "$0"],
  [KNOWN, "$0.0123"],
  [{ cost_usd: "0.0123", cost_state: "partial" }, "≥ $0.0123"],
  [{ ...KNOWN, is_estimated: true }, "$0.0123 (estimated)"],
  [{ cost_usd: "0.0123", cost_state: "partial", is_estimated: true }, "≥ $0.0123 (estimated)"],
  [UNKNOWN, "unknown"],
] as [Cost, string][])("%o is written as %s", (value, text) => {
  expect(cost(value)).toBe(text);
});

test("a sum is known, partial, unknown or none like its parts", () => {
  expect(sumOf([])).toEqual(NO_COST);
  expect(sumOf([NO_COST, KNOWN, KNOWN])).toEqual({ cost_usd: 0.0246, cost_state: "known" });
  expect(sumOf([KNOWN, UNKNOWN])).toEqual({ cost_usd: 0.0123, cost_state: "partial" });
  expect(sumOf([UNKNOWN, UNKNOWN])).toEqual(UNKNOWN);
  expect(sumOf([KNOWN, costOfCall("0.01", true)])).toEqual({ cost_usd: 0.0223, cost_state: "known", is_estimated: true });
  expect(costOfCall(null)).toEqual(UNKNOWN);
});

test("an estimate says that it is one", () => {
  expect(costMeaning(KNOWN)).toBe("Estimated from list prices: 0.0123 US dollars.");
});
