/** The geometry of the waterfall: one bar a step on the run's time axis, the chain of steps that decided its length. */

import type { Approval, Run, Step } from "@/api/types";
import { childrenOf, type TreeRow } from "../steps/step-tree-rows";
import { place, type Span, subtract, type TimeAxis, timeAxis } from "./time-axis";

export interface Bar {
  readonly step: Step;
  readonly depth: number;
  /** Left edge and length, as parts of the axis. */
  readonly at: number;
  readonly share: number;
  readonly firstTokenAt: number | null;
  readonly isCritical: boolean;
  readonly duration_ms: number;
}

export interface Waterfall {
  readonly axis: TimeAxis;
  readonly queued: { at: number; share: number; duration_ms: number } | null;
  readonly bars: readonly Bar[];
}

const SHOWN_QUEUE_MS = 20;

export function spanOf(step: Step, now: number): Span {
  const from = Date.parse(step.started_at);
  const to = step.completed_at === null ? now : Date.parse(step.completed_at);
  return { from, to: Math.max(from, to) };
}

/** The stretches in which a person was asked: nothing works then. */
export function askedSpans(approvals: readonly Approval[], now: number): Span[] {
  return approvals.map((approval) => ({
    from: Date.parse(approval.created_at),
    to: approval.decided_at === null ? now : Date.parse(approval.decided_at),
  }));
}

export function waterfall(
  run: Run,
  rows: readonly TreeRow[],
  all: readonly Step[],
  approvals: readonly Approval[],
  now: number,
): Waterfall {
  const created = Date.parse(run.created_at);
  const started = run.started_at === null ? null : Date.parse(run.started_at);
  const axis = axisOf(run, all, approvals, now);
  const critical = criticalPath(all, now);
  const bars = rows.map((row) => bar(row, axis, critical, now));
  const queuedTo = started ?? (run.status === "pending" ? now : created);
  const at = place(axis, created);
  const queued =
    queuedTo - created >= SHOWN_QUEUE_MS ? { at, share: place(axis, queuedTo) - at, duration_ms: queuedTo - created } : null;
  return { axis, queued, bars };
}

/** The time axis of a run, with what is idle folded. */
export function axisOf(run: Run, steps: readonly Step[], approvals: readonly Approval[], now: number): TimeAxis {
  const created = Date.parse(run.created_at);
  const end = run.completed_at === null ? now : Date.parse(run.completed_at);
  const busy = subtract(
    workingSteps(steps).map((step) => spanOf(step, now)),
    askedSpans(approvals, now),
  );
  return timeAxis(busy, { from: created, to: Math.max(created, end) });
}

function bar(row: TreeRow, axis: TimeAxis, critical: ReadonlySet<string>, now: number): Bar {
  const span = spanOf(row.step, now);
  const at = place(axis, span.from);
  const first = row.step.usage?.first_token_ms;
  return {
    step: row.step,
    depth: row.depth,
    at,
    share: place(axis, span.to) - at,
    firstTokenAt: typeof first === "number" && first <= span.to - span.from ? place(axis, span.from + first) : null,
    isCritical: critical.has(row.step.id),
    duration_ms: span.to - span.from,
  };
}

/**
 * The steps that did work themselves. One that lasted while its children did is only what stands around them; a model
 * call is not, though the tool calls it asked for hang under it: they began when it had ended.
 */
export function workingSteps(steps: readonly Step[]): Step[] {
  const children = childrenOf(steps);
  const isAround = (step: Step) => {
    const end = step.completed_at ?? "9999";
    return (children.get(step.id) ?? []).some((child) => child.started_at < end && (child.completed_at ?? "9999") <= end);
  };
  return steps.filter((step) => !isAround(step));
}

/**
 * The steps that decided how long the run took: from the one that ended last, each time back to the one that ended
 * last before it began. A step around a critical one is critical too.
 */
export function criticalPath(steps: readonly Step[], now: number): Set<string> {
  const byId = new Map(steps.map((step) => [step.id, step]));
  const working = workingSteps(steps)
    .map((step) => ({ step, ...spanOf(step, now) }))
    .sort((a, b) => b.to - a.to || b.from - a.from);
  const path = new Set<string>();
  let before = Number.POSITIVE_INFINITY;
  for (const one of working) {
    if (one.to > before) continue;
    before = one.from;
    for (let id: string | null = one.step.id; id !== null && !path.has(id); id = byId.get(id)?.parent_step_id ?? null)
      path.add(id);
  }
  return path;
}
