import { expect, test } from "vitest";
import { elapsedOf } from "./elapsed";

const STARTED = "2026-06-15T12:00:00Z";
const NOW = Date.parse(STARTED) + 73_000;

test.each([
  ["a finished step", "2026-06-15T12:00:01Z", 940, 940],
  ["a stopped step", "2026-06-15T12:00:19Z", null, 19_000],
  ["a running step", null, null, 73_000],
])("%s has one duration everywhere", (_, completed_at, duration_ms, elapsed) => {
  expect(elapsedOf({ started_at: STARTED, completed_at, duration_ms }, NOW)).toBe(elapsed);
});
