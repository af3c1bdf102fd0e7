/** The arithmetic of a chart: ticks, buckets, and values as people read them. Pure. */
import type { MetricBucket, MetricSeries } from "@/api/types";
import { bytes, count, duration, money } from "@/lib/format";

const WIDTH_MS: Readonly<Record<MetricBucket, number>> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };

export function widthOf(bucket: MetricBucket): number {
  return WIDTH_MS[bucket];
}

/** The beginnings of all buckets of a window, those without points included. */
export function bucketsOf(start: string, end: string, bucket: MetricBucket): number[] {
  const until = Date.parse(end);
  const found: number[] = [];
  for (let at = Date.parse(start); at < until; at += WIDTH_MS[bucket]) found.push(at);
  return found;
}

/** A series' value in each bucket; null where it has no points. */
export function valuesIn(series: MetricSeries, buckets: readonly number[]): (number | null)[] {
  const known = new Map(series.points.map((point) => [Date.parse(point.at), Number(point.value)]));
  return buckets.map((at) => known.get(at) ?? null);
}

/** Up to about so many round numbers from 0, or below the least, to at least the most. */
export function ticksOf(least: number, most: number, wanted = 4): number[] {
  const low = Math.min(0, least);
  const range = most - low || 1;
  const raw = range / wanted;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = ([1, 2, 2.5, 5, 10].find((each) => each * power >= raw) ?? 10) * power;
  const first = Math.floor(low / step);
  const last = Math.ceil(most / step - 1e-9);
  return Array.from({ length: Math.max(last, first + 1) - first + 1 }, (_, index) =>
    Number(((first + index) * step).toPrecision(12)),
  );
}

/** A value with its unit, as the rest of the console writes it. */
export function valueText(value: number, unit: string, isCount: boolean): string {
  if (isCount || unit === "count") return Number.isInteger(value) ? count(value) : short(value);
  switch (unit) {
    case "ms":
      return duration(value);
    case "usd":
      return money(value);
    case "percent":
      return `${short(value)} %`;
    case "bytes":
      return bytes(Math.round(value));
    default:
      return `${short(value)} ${unit}`;
  }
}

function short(value: number): string {
  return Number(value.toPrecision(4)).toLocaleString("en-US", { maximumFractionDigits: 6 });
}

/** The pieces of a line: consecutive buckets that have points. */
export function piecesOf(values: readonly (number | null)[]): number[][] {
  const pieces: number[][] = [];
  let open: number[] | null = null;
  values.forEach((value, index) => {
    if (value === null) {
      open = null;
    } else if (open === null) {
      open = [index];
      pieces.push(open);
    } else {
      open.push(index);
    }
  });
  return pieces;
}

export function bucketLabel(at: number, bucket: MetricBucket): string {
  const date = new Date(at);
  if (bucket === "day") return date.toLocaleDateString(undefined, { day: "numeric", month: "short", timeZone: "UTC" });
  const time = date.toLocaleTimeString(undefined, { hour: "2-digit", minute: "2-digit" });
  return bucket === "minute" ? time : `${date.toLocaleDateString(undefined, { day: "numeric", month: "short" })} ${time}`;
}
