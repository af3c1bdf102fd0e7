import type { Step } from "@/api/types";

type Span = Pick<Step, "started_at" | "completed_at" | "duration_ms">;

/** How long a step took, or has taken until now, in milliseconds. A stopped step has an end but no stored duration. */
export function elapsedOf({ started_at, completed_at, duration_ms }: Span, now: number): number {
  if (duration_ms !== null) return duration_ms;
  const end = completed_at === null ? now : Date.parse(completed_at);
  return Math.max(0, end - Date.parse(started_at));
}
