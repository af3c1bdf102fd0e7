/** The spans of time that charts and sums offer: from so long ago to now. */

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

export const RANGES = {
  "1h": { label: "Last hour", ms: HOUR_MS },
  "6h": { label: "Last 6 hours", ms: 6 * HOUR_MS },
  "24h": { label: "Last 24 hours", ms: DAY_MS },
  "7d": { label: "Last 7 days", ms: 7 * DAY_MS },
  "30d": { label: "Last 30 days", ms: 30 * DAY_MS },
  "90d": { label: "Last 90 days", ms: 90 * DAY_MS },
} as const;

export type Range = keyof typeof RANGES;

/** The ranges with their labels, as a list offers them. */
export const RANGE_OPTIONS = Object.entries(RANGES).map(([range, { label }]) => [range as Range, label] as const);

export function isRange(value: unknown): value is Range {
  return typeof value === "string" && value in RANGES;
}

/** The instants that a range means at a moment. */
export function windowOf(range: Range, now: number): { start: string; end: string } {
  return { start: new Date(now - RANGES[range].ms).toISOString(), end: new Date(now).toISOString() };
}
