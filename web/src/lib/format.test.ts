import { expect, test } from "vitest";
import { bytes, count, duration, money, plural, relativeTime } from "./format";

const NOW = Date.parse("2026-06-15T12:00:00Z");

test.each([
  [NOW - 3_000, "just now"],
  [NOW - 42_000, "42 s ago"],
  [NOW - 5 * 60_000, "5 min ago"],
  [NOW + 2 * 3_600_000, "in 2 h"],
  [NOW - 3 * 86_400_000, "3 d ago"],
])("an instant is told relative to now", (instant, text) => {
  expect(relativeTime(instant, NOW)).toBe(text);
});

test("beyond a week the date is told, with the year when it is another one", () => {
  expect(relativeTime(NOW - 30 * 86_400_000, NOW)).toMatch(/16/);
  expect(relativeTime("2024-01-02T00:00:00Z", NOW)).toMatch(/2024/);
});

test.each([
  [0, "0ms"],
  [840, "840ms"],
  [3_240, "3.2s"],
  [9_990, "10s"],
  [18_820, "19s"],
  [59_900, "1m"],
  [73_000, "1m 13s"],
  [252_000, "4m 12s"],
  [7_500_000, "2h 5m"],
  [273_600_000, "3d 4h"],
])("%d ms is %s", (ms, text) => {
  expect(duration(ms)).toBe(text);
});

test.each([
  [null, "unknown"],
  [0, "$0"],
  [0.000_012_346, "$0.00001235"],
  [0.0123, "$0.0123"],
  [0.5, "$0.500"],
  [12.345, "$12.35"],
  [1234.5, "$1,234.50"],
])("money of %s is %s", (usd, text) => {
  expect(money(usd)).toBe(text);
});

test("counts and sizes are short", () => {
  expect(count(9_999)).toBe("9,999");
  expect(count(12_345)).toBe("12.3k");
  expect(count(2_000_000)).toBe("2M");
  expect(bytes(512)).toBe("512 B");
  expect(bytes(1536)).toBe("1.5 KiB");
  expect(plural(1, "run")).toBe("1 run");
  expect(plural(2, "run")).toBe("2 runs");
});
