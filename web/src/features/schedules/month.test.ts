import { describe, expect, it } from "vitest";
import { dayKey, monthAfter, monthOf } from "./month";

describe("a month", () => {
  const now = new Date(2027, 2, 15);

  it("has whole weeks from Monday on", () => {
    const { key, days } = monthOf(undefined, now);
    expect(key).toBe("2027-03");
    expect(days.map(dayKey).at(0)).toBe("2027-03-01");
    expect(days.map(dayKey).at(-1)).toBe("2027-04-04");
    expect(monthOf("2027-08", now).days.map(dayKey).at(0)).toBe("2027-07-26");
  });

  it("is this month when the URL names none", () => {
    expect(monthOf("2027-13", now).key).toBe("2027-03");
    expect(monthOf("x", now).key).toBe("2027-03");
  });

  it("is followed over the end of the year", () => {
    expect(monthAfter("2027-12", 1)).toBe("2028-01");
    expect(monthAfter("2027-01", -1)).toBe("2026-12");
  });
});
