import { cx } from "@/lib/cx";
import { duration } from "@/lib/format";
import { CAUSE_LABEL } from "./labels";
import { type Cause, timeSplit } from "./time-split";
import type { Approval, Run, Step } from "@/api/types";

const FILL: Record<Cause, string> = {
  queued: "bg-faint",
  first_token: "bg-violet/40",
  streaming: "bg-violet",
  tool: "bg-warning",
  person: "bg-info/60",
  other: "bg-line-strong",
};

interface Props {
  readonly run: Run;
  readonly steps: readonly Step[];
  readonly approvals: readonly Approval[];
  readonly now: number;
}

/** Where the time went, in one line. */
export function TimeSplitBar({ run, steps, approvals, now }: Props) {
  const shares = timeSplit(run, steps, approvals, now);
  const total = shares.reduce((sum, share) => sum + share.ms, 0);
  if (total === 0) return null;
  return (
    <ul aria-label="Where the time went" className="flex flex-wrap items-center gap-x-3 gap-y-1 text-xs text-muted">
      {shares
        .filter((share) => share.ms / total > 0.002)
        .map((share) => (
          <li key={share.cause} className="flex items-center gap-1.5">
            <span aria-hidden="true" className={cx("size-2.5 rounded-[3px]", FILL[share.cause])} />
            {CAUSE_LABEL[share.cause]}
            <span className="tabular-nums text-fg">{duration(share.ms)}</span>
          </li>
        ))}
    </ul>
  );
}
