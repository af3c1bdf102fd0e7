import { useLayoutEffect, useRef, useState } from "react";
import type { MetricBucket } from "@/api/types";
import { cx } from "@/lib/cx";
import { bucketLabel, piecesOf, ticksOf } from "./scale";

export interface Line {
  name: string;
  /** A value for each bucket; null where there are no points. */
  values: readonly (number | null)[];
}

export interface LineChartProps {
  /** Said to screen readers; the table below the chart has the values. */
  label: string;
  buckets: readonly number[];
  bucket: MetricBucket;
  lines: readonly Line[];
  format: (value: number) => string;
  /** Called with the bucket that was clicked. */
  onBucket: (index: number) => void;
}

/** In this order, then again from the first; each stands out in both themes. */
export const LINE_COLORS = [
  "var(--chart-decision)",
  "var(--chart-tool)",
  "var(--chart-output)",
  "var(--chart-model)",
  "var(--chart-failed)",
  "var(--chart-person)",
  "var(--chart-input)",
] as const;

export function lineColor(index: number): string {
  return LINE_COLORS[index % LINE_COLORS.length] ?? LINE_COLORS[0];
}

const HEIGHT = 260;
const TOP = 8;
const BOTTOM = 24;
const LEFT = 64;
const RIGHT = 12;
const LABEL_EVERY = 132;

/** Lines over time. The bucket under the pointer shows its values; a click on it opens what lies under it. */
export function LineChart({ label, buckets, bucket, lines, format, onBucket }: LineChartProps) {
  const [box, width] = useWidth();
  const [at, setAt] = useState<number | null>(null);
  const known = lines.flatMap((line) => line.values.filter((value) => value !== null));
  const ticks = ticksOf(Math.min(...known, 0), Math.max(...known, 0));
  const [low, high] = [ticks[0] ?? 0, ticks.at(-1) ?? 1];
  const step = (width - LEFT - RIGHT) / Math.max(buckets.length, 1);
  const x = (index: number) => LEFT + (index + 0.5) * step;
  const y = (value: number) => TOP + (1 - (value - low) / (high - low || 1)) * (HEIGHT - TOP - BOTTOM);
  const everyNth = Math.max(1, Math.ceil(LABEL_EVERY / Math.max(step, 0.1)));

  function indexAt(clientX: number): number | null {
    const left = box.current?.getBoundingClientRect().left ?? 0;
    const index = Math.floor((clientX - left - LEFT) / step);
    return index >= 0 && index < buckets.length ? index : null;
  }

  return (
    <div ref={box} className="relative w-full" style={{ height: HEIGHT }}>
      {width > 0 && (
        // biome-ignore lint/a11y/useKeyWithClickEvents: the table below the chart has a link for each bucket
        <svg
          role="img"
          aria-label={label}
          width={width}
          height={HEIGHT}
          className="block cursor-pointer"
          onPointerMove={(event) => setAt(indexAt(event.clientX))}
          onPointerLeave={() => setAt(null)}
          onClick={(event) => {
            const index = indexAt(event.clientX);
            if (index !== null) onBucket(index);
          }}
        >
          {ticks.map((tick) => (
            <g key={tick}>
              <line x1={LEFT} x2={width - RIGHT} y1={y(tick)} y2={y(tick)} stroke="var(--line)" />
              <text x={LEFT - 8} y={y(tick) + 3.5} textAnchor="end" className="fill-faint text-2xs tabular-nums">
                {format(tick)}
              </text>
            </g>
          ))}
          {buckets.map((instant, index) =>
            index % everyNth === 0 && x(index) < width - 40 ? (
              <text key={instant} x={x(index)} y={HEIGHT - 6} textAnchor="middle" className="fill-faint text-2xs">
                {bucketLabel(instant, bucket)}
              </text>
            ) : null,
          )}
          {at !== null && (
            <rect x={LEFT + at * step} y={TOP} width={step} height={HEIGHT - TOP - BOTTOM} fill="var(--hover)" />
          )}
          {lines.map((line, number) => (
            <Trace key={line.name} line={line} color={lineColor(number)} x={x} y={y} at={at} />
          ))}
        </svg>
      )}
      {at !== null && <Tip at={at} x={x(at)} width={width} {...{ buckets, bucket, lines, format }} />}
    </div>
  );
}

interface TraceProps {
  line: Line;
  color: string;
  x: (index: number) => number;
  y: (value: number) => number;
  at: number | null;
}

function Trace({ line, color, x, y, at }: TraceProps) {
  const point = (index: number) => `${x(index).toFixed(1)},${y(line.values[index] ?? 0).toFixed(1)}`;
  const value = at === null ? null : line.values[at];
  return (
    <g>
      {piecesOf(line.values).map((piece) =>
        piece.length === 1 ? (
          <circle key={piece[0]} cx={x(piece[0] ?? 0)} cy={y(line.values[piece[0] ?? 0] ?? 0)} r={2.5} fill={color} />
        ) : (
          <polyline
            key={piece[0]}
            points={piece.map(point).join(" ")}
            fill="none"
            stroke={color}
            strokeWidth={1.75}
            strokeLinejoin="round"
          />
        ),
      )}
      {at !== null && value != null && <circle cx={x(at)} cy={y(value)} r={3.5} fill={color} stroke="var(--surface)" />}
    </g>
  );
}

interface TipProps extends Pick<LineChartProps, "buckets" | "bucket" | "lines" | "format"> {
  at: number;
  x: number;
  width: number;
}

function Tip({ at, x, width, buckets, bucket, lines, format }: TipProps) {
  const isRight = x > width / 2;
  return (
    <div
      aria-hidden
      className="pointer-events-none absolute top-2 z-10 max-w-64 rounded-lg border border-line bg-raised px-2.5 py-1.5 text-xs shadow-pop"
      style={isRight ? { right: width - x + 12 } : { left: x + 12 }}
    >
      <p className="font-medium text-fg">{bucketLabel(buckets[at] ?? 0, bucket)}</p>
      {lines.map((line, number) => {
        const value = line.values[at];
        return (
          <p key={line.name} className={cx("flex items-center gap-2 text-muted", value == null && "opacity-60")}>
            <Dot color={lineColor(number)} />
            <span className="min-w-0 flex-1 truncate">{line.name}</span>
            <span className="tabular-nums text-fg">{value == null ? "—" : format(value)}</span>
          </p>
        );
      })}
      <p className="pt-0.5 text-faint">Click to open the runs</p>
    </div>
  );
}

export function Dot({ color }: { color: string }) {
  return <span aria-hidden className="inline-block size-2 shrink-0 rounded-full" style={{ background: color }} />;
}

/** The width of an element as it is now. */
function useWidth() {
  const box = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);
  useLayoutEffect(() => {
    const element = box.current;
    if (!element) return;
    const observer = new ResizeObserver(() => setWidth(element.clientWidth));
    setWidth(element.clientWidth);
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return [box, width] as const;
}
