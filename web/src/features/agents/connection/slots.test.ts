import { describe, expect, it } from "vitest";
import type { HeartbeatHistory } from "@/api/types";
import { slotsOf } from "./slots";

const NOW = Date.parse("2027-01-01T06:00:00Z");

function history(minutesAgo: readonly number[], fields: Partial<HeartbeatHistory> = {}): HeartbeatHistory {
  const items = minutesAgo.map((minutes) => ({
    received_at: new Date(NOW - minutes * 60_000).toISOString(),
    status: "online" as const,
    cpu_percent: null,
    memory_bytes: null,
  }));
  return { presence: "online", last_heartbeat: null, every_seconds: 60, grace_seconds: 30, items, ...fields };
}

describe("slotsOf", () => {
  it("shows nothing before the first heartbeat, and missed ones after it", () => {
    const states = slotsOf(history([1, 100]), 6, NOW).map((slot) => slot.state);
    expect(states).toHaveLength(48);
    expect(states.slice(0, 34).every((state) => state === "none")).toBe(true);
    expect(states.filter((state) => state === "online")).toHaveLength(2);
    expect(states.filter((state) => state === "missed")).toHaveLength(12);
    expect(states.at(-1)).toBe("online");
  });

  it("does not call the slot missed that is not over", () => {
    expect(slotsOf(history([20]), 6, NOW).at(-1)?.state).toBe("none");
    expect(slotsOf(history([20], { presence: "offline" }), 6, NOW).at(-1)?.state).toBe("missed");
  });

  it("makes slots no shorter than the time between heartbeats", () => {
    expect(slotsOf(history([1], { every_seconds: 3600, grace_seconds: 600 }), 6, NOW)).toHaveLength(5);
  });
});
