/**
 * The time axis of a run: instants to places between 0 and 1. Long stretches in which nothing happened (a person
 * thinking over an approval, a queue) are folded to a narrow mark, so that the work stays readable.
 */

export interface Span {
  readonly from: number;
  readonly to: number;
}

export interface Segment extends Span {
  readonly folded: boolean;
  /** Where it begins and how much it takes, as parts of the whole. */
  readonly at: number;
  readonly share: number;
}

export interface TimeAxis {
  readonly from: number;
  readonly to: number;
  readonly segments: readonly Segment[];
}

export interface Tick {
  readonly at: number;
  /** Milliseconds since the beginning. */
  readonly offset_ms: number;
}

/** A gap is folded when it is both long in itself and long beside the work around it. */
const LONG_GAP_MS = 3000;
const LONG_GAP_SHARE = 0.25;
/** A folded gap takes this part of what the work takes. */
const FOLD_SHARE = 0.06;

/** The union of spans, in order. */
export function union(spans: readonly Span[]): Span[] {
  const sorted = spans.filter((span) => span.to >= span.from).sort((a, b) => a.from - b.from);
  const merged: { from: number; to: number }[] = [];
  for (const span of sorted) {
    const last = merged.at(-1);
    if (last && span.from <= last.to) last.to = Math.max(last.to, span.to);
    else merged.push({ ...span });
  }
  return merged;
}

/** What is left of spans when others are cut out of them. */
export function subtract(spans: readonly Span[], cut: readonly Span[]): Span[] {
  let left = union(spans);
  for (const hole of union(cut)) {
    left = left.flatMap((span) => {
      if (hole.to <= span.from || hole.from >= span.to) return [span];
      const pieces: Span[] = [];
      if (hole.from > span.from) pieces.push({ from: span.from, to: hole.from });
      if (hole.to < span.to) pieces.push({ from: hole.to, to: span.to });
      return pieces;
    });
  }
  return left;
}

/** Build the axis from what was busy and where the run begins and ends. */
export function timeAxis(busy: readonly Span[], whole: Span): TimeAxis {
  const from = Math.min(whole.from, ...busy.map((span) => span.from));
  const to = Math.max(whole.to, from + 1, ...busy.map((span) => span.to));
  const work = union(busy);
  const busyMs = work.reduce((sum, span) => sum + span.to - span.from, 0);
  const isLong = (gap: Span) => gap.to - gap.from >= Math.max(LONG_GAP_MS, busyMs * LONG_GAP_SHARE);
  const folds = busyMs > 0 ? subtract([{ from, to }], work).filter(isLong) : [];
  const shown = subtract([{ from, to }], folds);
  const shownMs = shown.reduce((sum, span) => sum + span.to - span.from, 0) || 1;
  const total = 1 + folds.length * FOLD_SHARE;

  const segments: Segment[] = [];
  let at = 0;
  const all = [...shown.map((span) => ({ ...span, folded: false })), ...folds.map((span) => ({ ...span, folded: true }))];
  for (const span of all.sort((a, b) => a.from - b.from)) {
    const share = (span.folded ? FOLD_SHARE : (span.to - span.from) / shownMs) / total;
    segments.push({ ...span, at, share });
    at += share;
  }
  return { from, to, segments };
}

/** Where an instant lies, from 0 to 1. */
export function place(axis: TimeAxis, instant: number): number {
  if (instant <= axis.from) return 0;
  for (const segment of axis.segments) {
    if (instant <= segment.to) {
      const length = segment.to - segment.from;
      const part = length > 0 ? (instant - segment.from) / length : 0;
      return segment.at + Math.max(0, part) * segment.share;
    }
  }
  return 1;
}

/** The instant at a place: the inverse of `place`. */
export function instantAt(axis: TimeAxis, at: number): number {
  const segment = axis.segments.find((one) => at <= one.at + one.share) ?? axis.segments.at(-1);
  if (!segment) return axis.from;
  const part = segment.share > 0 ? (at - segment.at) / segment.share : 0;
  return segment.from + Math.min(1, Math.max(0, part)) * (segment.to - segment.from);
}

const STEPS_MS = [
  1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 15_000, 30_000, 60_000, 120_000, 300_000, 600_000, 1_800_000,
  3_600_000,
];

/** Round marks, about `count` of them, none inside a folded stretch. */
export function ticks(axis: TimeAxis, count: number): Tick[] {
  const shownMs = axis.segments.filter((s) => !s.folded).reduce((sum, s) => sum + s.to - s.from, 0);
  const wanted = shownMs / Math.max(1, count);
  const step = STEPS_MS.find((ms) => ms >= wanted) ?? Math.ceil(wanted / 3_600_000) * 3_600_000;
  const marks: Tick[] = [];
  for (const segment of axis.segments) {
    if (segment.folded) continue;
    const first = Math.ceil((segment.from - axis.from) / step) * step;
    for (let offset = first; axis.from + offset <= segment.to; offset += step) {
      const at = place(axis, axis.from + offset);
      const last = marks.at(-1);
      if (!last || at - last.at > 0.5 / Math.max(1, count)) marks.push({ at, offset_ms: offset });
    }
  }
  return marks;
}
