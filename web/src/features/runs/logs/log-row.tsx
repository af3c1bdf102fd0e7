import { type Ref, useState } from "react";
import type { Log } from "@/api/types";
import { JsonView } from "@/components/ui/json-view";
import { cx } from "@/lib/cx";
import { clockTime } from "../clock-time";
import { LEVEL_LABEL } from "../labels";
import type { LogLevel } from "../types";
import { pieces } from "./log-filter";

interface Props {
  readonly log: Log;
  readonly index: number;
  readonly top: number;
  readonly wraps: boolean;
  readonly search: RegExp | null;
  readonly isOfStep: boolean;
  readonly onSelectStep: (stepId: string) => void;
  readonly ref: Ref<HTMLDivElement>;
}

const INK: Record<LogLevel, string> = {
  debug: "text-muted",
  info: "text-info",
  warning: "text-warning",
  error: "text-danger",
};

export function LogRow({ log, index, top, wraps, search, isOfStep, onSelectStep, ref }: Props) {
  const [isOpen, setOpen] = useState(false);
  const { step_id: stepId } = log;
  const hasDetails = log.details !== null && typeof log.details === "object" && Object.keys(log.details).length > 0;
  return (
    <div
      ref={ref}
      data-index={index}
      className={cx(
        "absolute inset-x-0 flex gap-x-3 border-b max-sm:flex-wrap border-line px-3 py-1 font-mono text-xs leading-[17px]",
        log.level === "error" && "bg-danger-soft",
        isOfStep && "bg-selected",
      )}
      style={{ transform: `translateY(${top}px)` }}
    >
      <time dateTime={log.timestamp} className="shrink-0 tabular-nums text-muted">
        {clockTime(log.timestamp)}
      </time>
      <span className={cx("w-14 shrink-0", INK[log.level])}>{LEVEL_LABEL[log.level]}</span>
      <div className="min-w-0 flex-1 max-sm:order-last max-sm:basis-full">
        <span className={wraps ? "whitespace-pre-wrap break-words" : "whitespace-pre"}>
          {pieces(log.message, search).map((piece) =>
            piece.isHit ? (
              <mark key={piece.at} className="rounded-[2px] bg-warning-soft text-inherit">
                {piece.text}
              </mark>
            ) : (
              <span key={piece.at}>{piece.text}</span>
            ),
          )}
        </span>
        {hasDetails && (
          <button
            type="button"
            aria-expanded={isOpen}
            className="ml-2 font-sans text-accent-text underline-offset-2 hover:underline"
            onClick={() => setOpen(!isOpen)}
          >
            {isOpen ? "less" : "details"}
          </button>
        )}
        {isOpen && <JsonView value={log.details} />}
      </div>
      {stepId !== null && (
        <button
          type="button"
          className="ml-auto shrink-0 self-start font-sans text-accent-text underline-offset-2 hover:underline"
          onClick={() => onSelectStep(stepId)}
        >
          step
        </button>
      )}
    </div>
  );
}
