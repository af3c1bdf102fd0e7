import { type PointerEvent, useRef, useState } from "react";
import { duration } from "@/lib/format";
import { type TimeAxis, ticks } from "./time-axis";
import type { Waterfall } from "./waterfall";

interface Props {
  readonly axis: TimeAxis;
  readonly queued: Waterfall["queued"];
  readonly scale: number;
  readonly onRange: (from: number, to: number) => void;
}

const MARKS = 8;
const SMALLEST_RANGE = 0.004;

/** The axis: round marks, folded stretches, the time in the queue; dragging over it zooms to what was swept. */
export function WaterfallRuler({ axis, queued, scale, onRange }: Props) {
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
    origin.current = null;
    setRange(null);
  };

  return (
    <div className="pointer-events-none absolute inset-0">
      {axis.segments
        .filter((segment) => segment.folded)
        .map((segment) => (
          <div
            key={segment.from}
            className="absolute inset-y-0 border-x border-dashed border-line bg-[repeating-linear-gradient(135deg,var(--color-line)_0_1px,transparent_1px_7px)]"
            style={{ left: `${segment.at * 100}%`, width: `${segment.share * 100}%` }}
          />
        ))}
      {queued && (
        <div className="absolute inset-y-0 bg-sunken" style={{ left: `${queued.at * 100}%`, width: `${queued.share * 100}%` }} title={`In the queue for ${duration(queued.duration_ms)}`} />
      )}
      {ticks(axis, MARKS * scale).map((tick) => (
        <div key={tick.offset_ms} className="absolute inset-y-0 border-l border-line" style={{ left: `${tick.at * 100}%` }} />
      ))}
      <div
        aria-hidden="true"
        className="pointer-events-auto sticky top-0 z-20 h-9 cursor-col-resize touch-pan-y border-b border-line bg-surface"
        onPointerDown={start}
        onPointerMove={move}
        onPointerUp={end}
        onPointerCancel={end}
      >
        {ticks(axis, MARKS * scale).map((tick) => (
          <span key={tick.offset_ms} className="absolute top-2.5 pl-1.5 text-2xs whitespace-nowrap tabular-nums text-muted" style={{ left: `${tick.at * 100}%` }}>
            {duration(tick.offset_ms)}
          </span>
        ))}
        {axis.segments
          .filter((segment) => segment.folded)
          .map((segment) => (
            <span
              key={segment.from}
              className="absolute top-2 grid justify-center rounded bg-sunken px-1 text-2xs leading-5 whitespace-nowrap text-muted"
              style={{ left: `${(segment.at + segment.share / 2) * 100}%`, transform: "translateX(-50%)" }}
            >
              {duration(segment.to - segment.from)} idle
            </span>
          ))}
        {range && <div className="absolute inset-y-0 bg-accent/25" style={{ left: `${range[0] * 100}%`, width: `${(range[1] - range[0]) * 100}%` }} />}
      </div>
    </div>
  );
}
