import { expect, test } from "vitest";
import { bucketsOf, piecesOf, ticksOf, valuesIn, valueText } from "./scale";

test("ticks are round and reach around the values", () => {
  expect(ticksOf(3, 97)).toEqual([0, 25, 50, 75, 100]);
  expect(ticksOf(0, 0.00003).at(-1)).toBeGreaterThanOrEqual(0.00003);
  expect(ticksOf(-12, 5)[0]).toBeLessThanOrEqual(-12);
  expect(ticksOf(0, 0)).toHaveLength(2);
});

test("buckets without points are gaps between the pieces of a line", () => {
  const buckets = bucketsOf("2026-11-01T00:00:00Z", "2026-11-01T05:00:00Z", "hour");
  const points = [0, 1, 4].map((hour) => ({ at: `2026-11-01T0${hour}:00:00Z`, value: String(hour * 10), count: 1 }));
  const values = valuesIn({ agent_id: null, agent_name: null, label: null, points }, buckets);
  expect(values).toEqual([0, 10, null, null, 40]);
  expect(piecesOf(values)).toEqual([[0, 1], [4]]);
});

test("values are written in their unit", () => {
  const written = [
    valueText(1234, "ms", false),
    valueText(0.00003, "usd", false),
    valueText(66.6667, "percent", false),
    valueText(2048, "bytes", false),
    valueText(2.5, "m", false),
    valueText(3, "ms", true),
  ];
  expect(written).toEqual(["1.2s", "$0.00003", "66.67 %", "2 KiB", "2.5 m", "3"]);
});
