import { type PointerEvent, type ReactNode, useRef, useState } from "react";
import { duration } from "@/lib/format";
import type { Playhead } from "../playhead/use-playhead";
import { instantAt, place, type TimeAxis, ticks } from "./time-axis";
import type { Waterfall } from "./waterfall";

interface Props {
  readonly axis: TimeAxis;
  readonly queued: Waterfall["queued"];
  /** Of the plot, in pixels. */
  readonly width: number;
  readonly playhead: Playhead | null;
  readonly onRange: (from: number, to: number) => void;
}

/** Room for a mark's text, so that no two touch. */
const MARK_PX = 76;
const FOLD_TEXT_PX = 72;

/** The axis: round marks, folded stretches and the time in the queue behind the rows, and above them what they mean. */
export function WaterfallRuler({ axis, queued, width, playhead, onRange }: Props) {
  const marks = ticks(axis, Math.max(2, width / MARK_PX));
  const folds = axis.segments.filter((segment) => segment.folded);
  const texts = apart(
    folds.map((fold) => ({ ...fold, middle: fold.at + fold.share / 2 })),
    (fold) => fold.middle,
    (FOLD_TEXT_PX * 1.2) / width,
  );
  const isFree = (at: number) => texts.every((fold) => Math.abs(at + 20 / width - fold.middle) * width > FOLD_TEXT_PX * 0.9);
  const played = playhead?.instant === undefined ? null : place(axis, playhead.instant);
  return (
    <>
      <div aria-hidden="true" className="waterfall-plot pointer-events-none absolute inset-y-0">
        {folds.map((fold) => (
          <div
            key={fold.from}
            className="absolute inset-y-0 border-line border-x border-dashed bg-[repeating-linear-gradient(135deg,var(--line)_0_1px,transparent_1px_7px)]"
            style={{ left: `${fold.at * 100}%`, width: `${fold.share * 100}%` }}
          />
        ))}
        {queued && (
          <div
            className="absolute inset-y-0 bg-sunken"
            style={{ left: `${queued.at * 100}%`, width: `${queued.share * 100}%` }}
          />
        )}
        {marks.map((tick) => (
          <div
            key={tick.offset_ms}
            className="absolute inset-y-0 border-line border-l"
            style={{ left: `${tick.at * 100}%` }}
          />
        ))}
        {played !== null && <div className="absolute inset-y-0 z-10 w-0.5 bg-accent" style={{ left: `${played * 100}%` }} />}
      </div>
      <div aria-hidden="true" className="sticky top-0 z-20 h-9 border-line border-b bg-surface">
        <Scale onRange={onRange} onPoint={playhead ? (at) => playhead.seek(instantAt(axis, at)) : undefined}>
          {marks
            .filter((tick) => isFree(tick.at))
            .map((tick) => (
              <span
                key={tick.offset_ms}
                className="absolute top-2.5 pl-1.5 text-2xs whitespace-nowrap tabular-nums text-muted"
                style={{ left: `${tick.at * 100}%` }}
              >
                {duration(tick.offset_ms)}
              </span>
            ))}
          {texts.map((fold) => (
            <span
              key={fold.from}
              className="absolute top-2 -translate-x-1/2 rounded bg-sunken px-1.5 text-2xs leading-5 whitespace-nowrap text-muted"
              style={{ left: `clamp(28px, ${fold.middle * 100}%, calc(100% - 28px))` }}
            >
              {duration(fold.to - fold.from)} idle
            </span>
          ))}
        </Scale>
      </div>
    </>
  );
}

/** Those of some places that lie far enough from the one before. */
function apart<T>(all: readonly T[], at: (one: T) => number, least: number): T[] {
  const kept: T[] = [];
  for (const one of all) {
    const last = kept.at(-1);
    if (last === undefined || at(one) - at(last) >= least) kept.push(one);
  }
  return kept;
}

const SMALLEST_RANGE = 0.004;

interface ScaleProps {
  readonly onRange: (from: number, to: number) => void;
  /** A click on the scale moves the playhead there. */
  readonly onPoint: ((at: number) => void) | undefined;
  readonly children: ReactNode;
}

/** Dragging over the scale zooms to what was swept. */
function Scale({ onRange, onPoint, children }: ScaleProps) {
  const origin = useRef<number | null>(null);
  const [range, setRange] = useState<readonly [number, number] | null>(null);

  const partOf = (event: PointerEvent<HTMLDivElement>) => {
    const box = event.currentTarget.getBoundingClientRect();
    return Math.min(1, Math.max(0, (event.clientX - box.left) / box.width));
  };
  const start = (event: PointerEvent<HTMLDivElement>) => {
    origin.current = partOf(event);
    event.currentTarget.setPointerCapture(event.pointerId);
  };
  const move = (event: PointerEvent<HTMLDivElement>) => {
    if (origin.current === null) return;
    const at = partOf(event);
    setRange([Math.min(origin.current, at), Math.max(origin.current, at)]);
  };
  const end = () => {
    if (range && range[1] - range[0] > SMALLEST_RANGE) onRange(range[0], range[1]);
    else if (origin.current !== null) onPoint?.(origin.current);
    stop();
  };
  const stop = () => {
    origin.current = null;
    setRange(null);
  };
  return (
    <div
      className="waterfall-plot absolute inset-y-0 cursor-col-resize touch-pan-y"
      onPointerDown={start}
      onPointerMove={move}
      onPointerUp={end}
      onPointerCancel={stop}
    >
      {children}
      {range && (
        <div
          className="absolute inset-y-0 bg-accent/25"
          style={{ left: `${range[0] * 100}%`, width: `${(range[1] - range[0]) * 100}%` }}
        />
      )}
    </div>
  );
}
