import type { Approval, Run, Step } from "@/api/types";
import { cx } from "@/lib/cx";
import { duration } from "@/lib/format";
import { CAUSE_LABEL } from "../labels";
import { type Cause, timeSplit } from "./time-split";

const FILL: Record<Cause, string> = {
  queued: "bg-chart-input",
  first_token: "bg-chart-model/40",
  streaming: "bg-chart-model",
  tool: "bg-chart-tool",
  person: "bg-chart-person",
  other: "bg-line-strong",
};

/** A cause that took less than this part of the time is left out. */
const LEAST = 0.002;

interface Props {
  readonly run: Run;
  readonly steps: readonly Step[];
  readonly approvals: readonly Approval[];
  readonly now: number;
}

/** Where the time went: one bar, and the figures under it. */
export function TimeSplitBar({ run, steps, approvals, now }: Props) {
  const split = timeSplit(run, steps, approvals, now);
  const total = split.reduce((sum, share) => sum + share.ms, 0);
  if (total === 0) return null;
  const shares = split.filter((share) => share.ms / total > LEAST);
  return (
    <div className="min-w-0 flex-1">
      <div aria-hidden="true" className="flex h-1.5 gap-px overflow-hidden rounded-full">
        {shares.map((share) => (
          <span key={share.cause} className={FILL[share.cause]} style={{ flexGrow: share.ms }} />
        ))}
      </div>
      <ul aria-label="Time breakdown" className="mt-2 flex flex-wrap gap-x-4 gap-y-1 text-xs text-muted">
        {shares.map((share) => (
          <li key={share.cause} className="flex items-center gap-1.5">
            <span aria-hidden="true" className={cx("size-2 rounded-[3px]", FILL[share.cause])} />
            {CAUSE_LABEL[share.cause]}
            <span className="tabular-nums text-fg">{duration(share.ms)}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}
