import type { HeartbeatHistory } from "@/api/types";

export type SlotState = "online" | "error" | "missed" | "none";

export interface Slot {
  from: number;
  state: SlotState;
  count: number;
}

const SLOTS = 48;
const MINUTE_MS = 60_000;

/**
 * The last hours in slots of equal length, oldest first. A slot without a heartbeat is missed once the agent had sent one
 * before; the newest slot is not over, and is missed only when the next heartbeat is late.
 */
export function slotsOf(history: HeartbeatHistory, hours: number, now: number): Slot[] {
  const width = Math.max((hours * 60 * MINUTE_MS) / SLOTS, (history.every_seconds + history.grace_seconds) * 1000);
  const number = Math.max(1, Math.floor((hours * 60 * MINUTE_MS) / width));
  const start = now - number * width;
  const slots: Slot[] = Array.from({ length: number }, (_, index) => ({
    from: start + index * width,
    state: "none",
    count: 0,
  }));
  for (const each of history.items) {
    const slot = slots[Math.floor((Date.parse(each.received_at) - start) / width)];
    if (!slot) continue;
    slot.count += 1;
    if (slot.state !== "error") slot.state = each.status === "error" ? "error" : "online";
  }
  const first = slots.findIndex((slot) => slot.count > 0);
  return slots.map((slot, index) => {
    const isMissed = slot.count === 0 && first >= 0 && index > first;
    const isOver = index < number - 1 || history.presence === "offline";
    return isMissed && isOver ? { ...slot, state: "missed" } : slot;
  });
}
