import { useSyncExternalStore } from "react";
import { absoluteTime, duration, relativeTime } from "@/lib/format";

/** One clock for the whole page, so that a hundred rows cost one timer. It stands still while nobody reads it. */
const readers = new Set<() => void>();
let now = Date.now();
let timer: ReturnType<typeof setInterval> | null = null;

function subscribe(reader: () => void): () => void {
  readers.add(reader);
  timer ??= setInterval(() => {
    now = Date.now();
    for (const each of readers) each();
  }, 1000);
  return () => {
    readers.delete(reader);
    if (readers.size === 0 && timer !== null) {
      clearInterval(timer);
      timer = null;
    }
  };
}

function current(): number {
  if (timer === null) now = Math.max(now, Date.now() - (Date.now() % 1000));
  return now;
}

/** The time of day, one step a second. */
export function useNow(): number {
  return useSyncExternalStore(subscribe, current, current);
}

/** "5 min ago", with the whole instant in the reader's zone on hover. */
export function RelativeTime({ at, className }: { at: string | null | undefined; className?: string }) {
  const clock = useNow();
  if (!at) return <span className={className ?? "text-faint"}>never</span>;
  return (
    <time dateTime={at} title={absoluteTime(at)} className={className ?? "whitespace-nowrap"}>
      {relativeTime(at, Math.max(clock, Date.parse(at) <= Date.now() ? Date.parse(at) : clock))}
    </time>
  );
}

/** A finished duration, or one that ticks from its start. */
export function Duration({ ms, since, className }: { ms?: number | null; since?: string | null; className?: string }) {
  if (ms !== null && ms !== undefined)
    return <span className={className ?? "whitespace-nowrap tabular-nums"}>{duration(ms)}</span>;
  if (since) return <TickingDuration since={since} className={className} />;
  return <span className={className ?? "text-faint"}>–</span>;
}

function TickingDuration({ since, className }: { since: string; className: string | undefined }) {
  const clock = useNow();
  const seconds = Math.max(0, Math.floor((clock - Date.parse(since)) / 1000));
  return <span className={className ?? "whitespace-nowrap tabular-nums"}>{duration(seconds * 1000)}</span>;
}
