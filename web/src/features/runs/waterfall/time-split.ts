/** Why did it take so long: the wall time of a run or of a step, each instant booked to one cause. */

import type { Approval, Run, Step } from "@/api/types";
import type { Span } from "./time-axis";
import { askedSpans, spanOf, workingSteps } from "./waterfall";

export type Cause = "queued" | "first_token" | "streaming" | "tool" | "person" | "other";

export interface TimeShare {
  readonly cause: Cause;
  readonly ms: number;
}

/** When several things go on at once, the instant belongs to the first of these. */
const ORDER: readonly Cause[] = ["streaming", "first_token", "tool", "person", "queued"];

interface Booked extends Span {
  readonly cause: Cause;
}

export function timeSplit(run: Run, steps: readonly Step[], approvals: readonly Approval[], now: number): TimeShare[] {
  const created = Date.parse(run.created_at);
  const started = run.started_at === null ? now : Date.parse(run.started_at);
  const end = run.completed_at === null ? now : Date.parse(run.completed_at);
  const asked = askedSpans(approvals, now).map((span) => ({ ...span, cause: "person" as const }));
  const booked: Booked[] = [{ from: created, to: started, cause: "queued" }, ...asked];
  for (const step of workingSteps(steps)) booked.push(...causesOf(step, asked, now));
  return sweep(booked, { from: created, to: Math.max(created, end) });
}

function causesOf(step: Step, asked: readonly Span[], now: number): Booked[] {
  const span = spanOf(step, now);
  if (step.step_type === "tool") {
    const inside = asked.find((one) => one.from >= span.from && one.from <= span.to);
    return inside ? [{ from: inside.to, to: Math.max(inside.to, span.to), cause: "tool" }] : [{ ...span, cause: "tool" }];
  }
  if (step.step_type !== "llm_call") return [];
  const first = Math.min(span.to, span.from + (step.usage?.first_token_ms ?? 0));
  return [
    { from: span.from, to: first, cause: "first_token" },
    { from: first, to: span.to, cause: "streaming" },
  ];
}

function sweep(booked: readonly Booked[], whole: Span): TimeShare[] {
  const cuts = [...new Set([whole.from, whole.to, ...booked.flatMap((b) => [b.from, b.to])])]
    .filter((cut) => cut >= whole.from && cut <= whole.to)
    .sort((a, b) => a - b);
  const totals = new Map<Cause, number>();
  cuts.slice(1).forEach((to, index) => {
    const from = cuts[index] as number;
    const active = new Set(booked.filter((b) => b.from < to && b.to > from).map((b) => b.cause));
    const cause = ORDER.find((one) => active.has(one)) ?? "other";
    totals.set(cause, (totals.get(cause) ?? 0) + to - from);
  });
  const causes: readonly Cause[] = ["queued", "first_token", "streaming", "tool", "person", "other"];
  return causes.map((cause) => ({ cause, ms: totals.get(cause) ?? 0 })).filter((share) => share.ms > 0);
}
