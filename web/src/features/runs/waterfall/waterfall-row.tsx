import { memo } from "react";
import type { StepStatus } from "@/api/types";
import { cx } from "@/lib/cx";
import { duration } from "@/lib/format";
import { STEP_LABEL, STEP_STATUS_LABEL } from "../labels";
import { StepIcon } from "../steps/step-icon";
import { STEP_FILL } from "./step-fill";
import type { Bar } from "./waterfall";

interface Props {
  readonly bar: Bar;
  readonly top: number;
  readonly height: number;
  /** Begins after the moment that the playhead shows. */
  readonly isAhead: boolean;
  readonly isSelected: boolean;
  readonly isOnPath: boolean;
  readonly onSelect: (stepId: string) => void;
}

/** A step's row: its bar, and its name beside it. */
export const WaterfallRow = memo(function WaterfallRow({
  bar,
  top,
  height,
  isAhead,
  isSelected,
  isOnPath,
  onSelect,
}: Props) {
  const { step } = bar;
  const kind = STEP_LABEL[step.step_type] ?? step.step_type;
  return (
    <li className="absolute inset-x-0" style={{ transform: `translateY(${top}px)`, height }}>
      <button
        type="button"
        tabIndex={-1}
        aria-label={`${step.step_name} ${duration(bar.duration_ms)}, ${kind}, ${STEP_STATUS_LABEL[step.status]}${isOnPath ? ", on the critical path" : ""}`}
        aria-current={isSelected}
        className={cx("absolute inset-0 block w-full", isSelected ? "bg-selected" : "hover:bg-hover")}
        onClick={() => onSelect(step.id)}
      >
        <span className={cx("waterfall-plot absolute inset-y-0 transition-opacity", isAhead && "opacity-25")}>
          <BarShape bar={bar} isOnPath={isOnPath} />
          <span
            className="absolute top-1/2 flex -translate-y-1/2 items-center gap-1.5 px-2 text-xs whitespace-nowrap"
            style={{ left: `${(bar.at + bar.share) * 100}%` }}
          >
            <StepIcon type={step.step_type} className="size-3" />
            <span
              className={cx(
                step.status === "failed" && "text-danger",
                ["cancelled", "interrupted"].includes(step.status) && "text-muted line-through",
              )}
            >
              {step.step_name}
            </span>
            <span className="tabular-nums text-muted">{duration(bar.duration_ms)}</span>
          </span>
        </span>
      </button>
    </li>
  );
});

/** A step that did not end well has the colour of its end, whatever its kind. */
const ENDED_FILL: Partial<Record<StepStatus, string>> = {
  failed: "bg-chart-failed",
  cancelled: "bg-chart-input",
  interrupted: "bg-chart-input",
};

/** Pale until the first token, full from there, with a tick between; it breathes while the step runs. */
function BarShape({ bar, isOnPath }: { readonly bar: Bar; readonly isOnPath: boolean }) {
  const { step } = bar;
  const fill = ENDED_FILL[step.status] ?? STEP_FILL[step.step_type] ?? "bg-chart-decision";
  const first = bar.firstTokenAt === null || bar.share === 0 ? null : (bar.firstTokenAt - bar.at) / bar.share;
  return (
    <span
      className={cx(
        "absolute top-1/2 flex h-4 min-w-[3px] -translate-y-1/2 overflow-hidden rounded-[4px]",
        isOnPath && "outline-2 outline-offset-1 outline-fg/60",
      )}
      style={{ left: `${bar.at * 100}%`, width: `${bar.share * 100}%` }}
    >
      {first !== null && (
        <>
          <span className={cx("h-full opacity-40", fill)} style={{ width: `${first * 100}%` }} />
          <span
            className="h-full w-[2px] shrink-0 bg-fg"
            title={`First token after ${duration(step.usage?.first_token_ms ?? 0)}`}
          />
        </>
      )}
      <span
        className={cx(
          "h-full flex-1",
          fill,
          step.status === "running" && "animate-live",
          step.status === "waiting" && "opacity-50",
        )}
      />
    </span>
  );
}
