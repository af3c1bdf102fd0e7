import { cx } from "@/lib/cx";

export interface SparklineProps {
  values: readonly number[];
  /** Said to screen readers instead of the picture. */
  label: string;
  width?: number;
  height?: number;
  className?: string;
}

/** A line without axes; its colour is that of the text around it. */
export function Sparkline({ values, label, width = 96, height = 24, className }: SparklineProps) {
  const most = Math.max(...values, 0);
  const least = Math.min(...values, 0);
  const range = most - least || 1;
  const step = values.length > 1 ? width / (values.length - 1) : width;
  const points = values.map(
    (value, index) => `${(index * step).toFixed(1)},${(height - 1 - ((value - least) / range) * (height - 2)).toFixed(1)}`,
  );
  return (
    <svg
      role="img"
      aria-label={label}
      viewBox={`0 0 ${width} ${height}`}
      className={cx("overflow-visible", className)}
      style={{ width, height }}
    >
      <polygon points={`0,${height} ${points.join(" ")} ${width},${height}`} fill="currentColor" opacity={0.12} />
      <polyline points={points.join(" ")} fill="none" stroke="currentColor" strokeWidth={1.5} strokeLinejoin="round" />
    </svg>
  );
}
