/** Numbers as people read them: instants, durations, money, counts, sizes. Pure; the clock and the locale come from outside. */

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;

/** "just now", "5 min ago", "in 2 h", "3 d ago", and a date beyond a week. */
export function relativeTime(instant: string | number, now: number): string {
  const then = typeof instant === "number" ? instant : Date.parse(instant);
  const ms = now - then;
  const past = Math.abs(ms);
  if (past < 10_000) return "just now";
  if (past > 7 * DAY_MS) return shortDate(then, now);
  const text = span(past);
  return ms >= 0 ? `${text} ago` : `in ${text}`;
}

function span(ms: number): string {
  if (ms < MINUTE_MS) return `${Math.round(ms / 1000)} s`;
  if (ms < HOUR_MS) return `${Math.floor(ms / MINUTE_MS)} min`;
  if (ms < DAY_MS) return `${Math.floor(ms / HOUR_MS)} h`;
  return `${Math.floor(ms / DAY_MS)} d`;
}

function shortDate(then: number, now: number): string {
  const isThisYear = new Date(then).getFullYear() === new Date(now).getFullYear();
  return new Date(then).toLocaleDateString(undefined, {
    day: "numeric",
    month: "short",
    ...(isThisYear ? {} : { year: "numeric" }),
  });
}

/** The whole instant in the reader's own zone, with seconds. */
export function absoluteTime(instant: string | number): string {
  return new Date(instant).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "long" });
}

/** "0ms", "840ms", "3.2s", "1m 13s", "2h 5m", "3d 4h". The command line writes the same (cli/client/format.py). */
export function duration(ms: number): string {
  if (ms < 1000) return `${Math.max(0, Math.round(ms))}ms`;
  if (ms < 9_950) return `${(ms / 1000).toFixed(1)}s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return join(minutes, "m", seconds % 60, "s");
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return join(hours, "h", minutes % 60, "m");
  return join(Math.floor(hours / 24), "d", hours % 24, "h");
}

function join(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large}${largeUnit}` : `${large}${largeUnit} ${small}${smallUnit}`;
}

/** US dollars to four significant digits; null is an unknown price, which is not zero. */
export function money(usd: number | null | undefined): string {
  if (usd === null || usd === undefined) return "unknown";
  if (usd === 0) return "$0";
  if (Math.abs(usd) < 0.000_001) return "<$0.000001";
  if (Math.abs(usd) >= 100) return `$${usd.toLocaleString("en-US", { maximumFractionDigits: 2, minimumFractionDigits: 2 })}`;
  const digits = Number(usd.toPrecision(4));
  return Math.abs(digits) >= 0.1 ? `$${digits.toFixed(Math.abs(digits) >= 10 ? 2 : 3)}` : `$${plain(digits)}`;
}

/** A small number without an exponent. */
function plain(value: number): string {
  return value.toFixed(9).replace(/0+$/, "").replace(/\.$/, "");
}

export function count(value: number): string {
  if (value < 10_000) return value.toLocaleString("en-US");
  if (value < 1_000_000) return `${trim(value / 1000)}k`;
  return `${trim(value / 1_000_000)}M`;
}

function trim(value: number): string {
  return value >= 100 ? String(Math.round(value)) : value.toFixed(1).replace(/\.0$/, "");
}

export function bytes(size: number): string {
  if (size < 1024) return `${size} B`;
  const units = ["KiB", "MiB", "GiB", "TiB"];
  let value = size / 1024;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${trim(value)} ${units[unit]}`;
}

export function plural(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}

const SHORT_ID = 13;

/** The beginning of an id, as the API and the command line write it (runs/rules.py): what a person reads aloud and types. */
export function shortId(id: string): string {
  return id.slice(0, SHORT_ID);
}
