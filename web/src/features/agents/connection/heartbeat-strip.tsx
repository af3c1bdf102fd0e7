import type { HeartbeatHistory } from "@/api/types";
import { RelativeTime, useNow } from "@/components/ui/time";
import { cx } from "@/lib/cx";
import { absoluteTime, bytes, duration, plural } from "@/lib/format";
import { type SlotState, slotsOf } from "./slots";

const HOURS = 6;
const TONES: Readonly<Record<SlotState, string>> = {
  online: "bg-success",
  error: "bg-danger",
  missed: "bg-warning",
  none: "bg-sunken",
};
const WORDS: Readonly<Record<SlotState, string>> = {
  online: "online",
  error: "reported an error",
  missed: "no heartbeat",
  none: "no heartbeat expected",
};

/** The heartbeats of the last hours as a strip, and what the last one said. */
export function HeartbeatStrip({ history }: { history: HeartbeatHistory }) {
  const now = useNow();
  const slots = slotsOf(history, HOURS, now);
  const missed = slots.filter((slot) => slot.state === "missed").length;
  const last = history.items[0];
  return (
    <figure className="flex flex-col gap-1.5">
      <div
        role="img"
        aria-label={`Heartbeats of the last ${HOURS} hours: ${plural(history.items.length, "received")}, ${plural(missed, "gap")}`}
        className="flex h-7 items-stretch gap-px"
      >
        {slots.map((slot) => (
          <span
            key={slot.from}
            title={`${absoluteTime(slot.from)}: ${WORDS[slot.state]}${slot.count > 1 ? ` (${slot.count})` : ""}`}
            className={cx("min-w-0.5 flex-1 rounded-xs", TONES[slot.state])}
          />
        ))}
      </div>
      <figcaption className="flex flex-wrap justify-between gap-x-4 text-faint text-xs">
        <span>{HOURS} h ago</span>
        <span>
          every {duration(history.every_seconds * 1000)}, late after another {duration(history.grace_seconds * 1000)}
        </span>
        <span>now</span>
      </figcaption>
      <p className="text-muted text-sm">
        Last heartbeat: <RelativeTime at={history.last_heartbeat} />
        {last?.cpu_percent != null && <> · CPU {Number(last.cpu_percent).toFixed(1)} %</>}
        {last?.memory_bytes != null && <> · memory {bytes(last.memory_bytes)}</>}
      </p>
    </figure>
  );
}
