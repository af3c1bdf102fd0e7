import { memo } from "react";
import { cx } from "@/lib/cx";
import { duration } from "@/lib/format";
import { STEP_LABEL, STEP_STATUS_LABEL } from "./labels";
import { StepIcon } from "./step-icon";
import type { StepType } from "@/api/types";
import type { Bar } from "./waterfall";

interface Props {
  readonly bar: Bar;
  readonly top: number;
  readonly height: number;
  readonly isSelected: boolean;
  readonly isOnPath: boolean;
  readonly onSelect: (stepId: string) => void;
}

const FILL: Record<StepType, string> = {
  llm_call: "bg-violet",
  tool: "bg-warning",
  decision: "bg-info",
  input: "bg-faint",
  output: "bg-success",
};

/** A step's bar: pale until the first token, full from there; its name stands beside it, where there is room. */
export const WaterfallRow = memo(function WaterfallRow({ bar, top, height, isSelected, isOnPath, onSelect }: Props) {
  const { step } = bar;
  const isFailed = step.status === "failed";
  const fill = isFailed ? "bg-danger" : (FILL[step.step_type] ?? "bg-info");
  const first = bar.firstTokenAt === null || bar.share === 0 ? null : (bar.firstTokenAt - bar.at) / bar.share;
  const isLate = bar.at > 0.7;
  return (
    <li className="absolute inset-x-0" style={{ transform: `translateY(${top}px)`, height }}>
      <button
        type="button"
        tabIndex={-1}
        aria-label={`${step.step_name}, ${STEP_LABEL[step.step_type] ?? step.step_type}, ${STEP_STATUS_LABEL[step.status]}, ${duration(bar.duration_ms)}${isOnPath ? ", on the critical path" : ""}`}
        aria-current={isSelected}
        className={cx("absolute inset-0 w-full cursor-pointer", isSelected ? "bg-selected" : "hover:bg-hover")}
        onClick={() => onSelect(step.id)}
      >
        <span
          className={cx("absolute top-1/2 flex h-4 min-w-[3px] -translate-y-1/2 overflow-hidden rounded-[4px]", isOnPath && "outline-2 outline-offset-1 outline-fg/60")}
          style={{ left: `${bar.at * 100}%`, width: `${bar.share * 100}%` }}
        >
          {first !== null && <span className={cx("h-full opacity-40", fill)} style={{ width: `${first * 100}%` }} />}
          {first !== null && <span className="h-full w-[2px] shrink-0 bg-fg" title={`First token after ${duration(step.usage?.first_token_ms ?? 0)}`} />}
          <span className={cx("h-full flex-1", fill, step.status === "running" && "animate-pulse motion-reduce:animate-none", step.status === "waiting" && "opacity-50")} />
        </span>
        <span
          className={cx("pointer-events-none absolute top-1/2 flex -translate-y-1/2 items-center gap-1.5 px-2 text-xs whitespace-nowrap", isLate && "-translate-x-full")}
          style={{ left: isLate ? `${bar.at * 100}%` : `${(bar.at + bar.share) * 100}%` }}
        >
          <StepIcon type={step.step_type} className="size-3" />
          <span className={cx(isFailed && "text-danger")}>{step.step_name}</span>
          <span className="tabular-nums text-muted">{duration(bar.duration_ms)}</span>
        </span>
      </button>
    </li>
  );
});
