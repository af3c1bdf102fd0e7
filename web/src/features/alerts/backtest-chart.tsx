import type { Backtest } from "@/api/types";
import { absoluteTime, duration } from "@/lib/format";

/** A line of 30 days with the times in which the rule would have fired. */
export function BacktestChart({ result }: { result: Backtest }) {
  const start = Date.parse(result.start);
  const span = Math.max(1, Date.parse(result.end) - start);
  const place = (at: string) => ((Date.parse(at) - start) / span) * 100;
  const known = result.known_since === null ? 0 : Math.min(99, Math.max(0, place(result.known_since)));
  const times = result.periods.length === 1 ? "once" : `${result.periods.length} times`;
  const text =
    result.periods.length === 0
      ? `Would not have fired in the past 30 days (${result.run_count} runs).`
      : `Would have fired ${times} in the past 30 days, ${duration(result.firing_seconds * 1000)} in total (${result.run_count} runs).`;
  return (
    <figure className="rounded-md border border-line bg-sunken p-3">
      <svg viewBox="0 0 100 6" preserveAspectRatio="none" className="h-4 w-full" aria-hidden="true">
        <rect x={known} y="2.5" width={100 - known} height="1" className="fill-line-strong" />
        {result.periods.map((period) => {
          const left = place(period.fired_at);
          const right = place(period.ended_at ?? result.end);
          return (
            <rect
              key={period.fired_at}
              x={Math.min(left, 99.4)}
              y="0"
              width={Math.max(0.6, right - left)}
              height="6"
              rx="0.3"
              className="fill-danger"
            >
              <title>{absoluteTime(period.fired_at)}</title>
            </rect>
          );
        })}
      </svg>
      <figcaption className="mt-1 text-muted text-xs">
        {text}
        {!result.is_complete && " Only the newest 5,000 runs or other facts were looked at."}
        {result.known_since !== null && ` What it asks is known since ${absoluteTime(result.known_since)}.`}
      </figcaption>
    </figure>
  );
}
