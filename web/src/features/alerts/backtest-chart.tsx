import type { Backtest, BacktestGroup, BacktestPeriod } from "@/api/types";
import { absoluteTime, count, duration, plural } from "@/lib/format";

/** The past 30 days with the times in which the rule would have fired: one line, or a line for each group that would have. */
export function BacktestChart({ result }: { result: Backtest }) {
  const fired = result.groups.filter((group) => group.periods.length > 0);
  return (
    <figure className="rounded-md border border-line bg-sunken p-3">
      {result.group_count === 0 ? (
        <Strip result={result} periods={result.periods} knownSince={result.known_since} />
      ) : (
        <Groups result={result} fired={fired} />
      )}
      <figcaption className="mt-1.5 text-muted text-xs">
        {result.group_count === 0 ? summaryOf(result) : summaryOfGroups(result, fired)}
        {!result.is_complete &&
          ` Only the newest ${result.group_count === 0 ? "5,000" : "20,000"} runs or other facts were looked at.`}
        {result.known_since !== null && ` What it asks is known since ${absoluteTime(result.known_since)}.`}
      </figcaption>
    </figure>
  );
}

/** Rows of the groups that would have fired, the longest first. Many of them scroll. */
function Groups({ result, fired }: { result: Backtest; fired: readonly BacktestGroup[] }) {
  if (fired.length === 0) return null;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls can be scrolled with the keyboard
    <section className="max-h-52 overflow-y-auto" aria-label="Groups that would have fired" tabIndex={0}>
      <ul className="flex flex-col gap-1.5 sm:gap-1">
        {fired.map((group) => (
          <li
            key={group.key}
            className="grid grid-cols-[minmax(0,1fr)_auto] items-center gap-x-3 text-xs sm:grid-cols-[minmax(0,8rem)_minmax(0,1fr)_7.5rem]"
          >
            <span className="truncate text-fg" title={group.name}>
              {group.name}
            </span>
            <div className="order-last col-span-2 sm:order-none sm:col-span-1">
              <Strip result={result} periods={group.periods} knownSince={group.known_since} />
            </div>
            <span className="text-right text-muted tabular-nums">
              {times(group.periods.length)}, {duration(group.firing_seconds * 1000)}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}

interface StripProps {
  readonly result: Backtest;
  readonly periods: readonly BacktestPeriod[];
  readonly knownSince: string | null;
}

/** A line of 30 days, which begins where facts are known. */
function Strip({ result, periods, knownSince }: StripProps) {
  const start = Date.parse(result.start);
  const span = Math.max(1, Date.parse(result.end) - start);
  const place = (at: string) => ((Date.parse(at) - start) / span) * 100;
  const known = knownSince === null ? 0 : Math.min(99, Math.max(0, place(knownSince)));
  return (
    <svg viewBox="0 0 100 6" preserveAspectRatio="none" className="h-4 w-full" aria-hidden="true">
      <rect x={known} y="2.5" width={100 - known} height="1" className="fill-line-strong" />
      {periods.map((period) => {
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
  );
}

function times(number: number): string {
  return number === 1 ? "once" : `${count(number)} times`;
}

function summaryOf(result: Backtest): string {
  const runs = `(${plural(result.run_count, "run")})`;
  if (result.periods.length === 0) return `Would not have fired in the past 30 days ${runs}.`;
  const total = duration(result.firing_seconds * 1000);
  return `Would have fired ${times(result.periods.length)} in the past 30 days, ${total} in total ${runs}. ${sentOf(result)}`;
}

function summaryOfGroups(result: Backtest, fired: readonly BacktestGroup[]): string {
  const noun = result.groups.every((group) => group.key.startsWith("agent:")) ? "agent" : "group";
  const all = plural(result.group_count, noun);
  const runs = `(${plural(result.run_count, "run")})`;
  if (fired.length === 0) return `None of ${all} would have fired in the past 30 days ${runs}.`;
  const number = fired.reduce((sum, group) => sum + group.periods.length, 0);
  const total = duration(result.firing_seconds * 1000);
  return `${count(fired.length)} of ${all} would have fired, ${times(number)} in the past 30 days, ${total} in total ${runs}. ${sentOf(result)}`;
}

function sentOf(result: Backtest): string {
  return `${plural(result.notification_count, "message")} to each channel.`;
}
