import { describe, expect, it } from "vitest";
import { dayOf, snoozes } from "./moments";

const NOW = new Date(2027, 2, 3, 15, 30); // a Wednesday

describe("days of the inbox", () => {
  it("names today, yesterday and earlier days", () => {
    expect(dayOf(new Date(2027, 2, 3, 0, 1).toISOString(), NOW.getTime())).toBe("Today");
    expect(dayOf(new Date(2027, 2, 2, 23, 59).toISOString(), NOW.getTime())).toBe("Yesterday");
    expect(dayOf(new Date(2027, 1, 28, 12).toISOString(), NOW.getTime())).toContain("28");
  });
});

describe("what a notification is snoozed until", () => {
  it("is an hour, the next morning or the next Monday", () => {
    const [hour, tomorrow, week] = snoozes(NOW).map(([, until]) => until);
    expect(hour).toEqual(new Date(2027, 2, 3, 16, 30));
    expect(tomorrow).toEqual(new Date(2027, 2, 4, 9));
    expect(week).toEqual(new Date(2027, 2, 8, 9));
  });

  it("is a week later on a Monday", () => {
    expect(snoozes(new Date(2027, 2, 1, 8))[2]?.[1]).toEqual(new Date(2027, 2, 8, 9));
  });
});
