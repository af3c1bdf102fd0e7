import { describe, expect, it } from "vitest";
import { isComplete, newDraft, timingOf } from "./schedule-draft";

describe("the timing of a draft", () => {
  const draft = newDraft("Europe/Berlin");

  it("has the fields of the chosen form alone", () => {
    expect(timingOf({ ...draft, form: "cron" })).toEqual({ cron: "0 9 * * MON-FRI", timezone: "Europe/Berlin" });
    expect(timingOf({ ...draft, form: "weekly", days: [1] })).toEqual({
      frequency: "weekly",
      interval: 1,
      time: "09:00",
      days: [1],
      timezone: "Europe/Berlin",
    });
    expect(timingOf({ ...draft, form: "monthly", date: 31, isLastDay: true })).toMatchObject({
      date: 31,
      missing_date: "last_day",
    });
  });

  it("is complete when its own fields are filled in", () => {
    expect(isComplete({ ...draft, form: "once" })).toBe(false);
    expect(isComplete({ ...draft, form: "once", runDate: "2027-05-01" })).toBe(true);
    expect(isComplete({ ...draft, form: "weekly", days: [] })).toBe(false);
    expect(isComplete({ ...draft, form: "cron", cron: " " })).toBe(false);
  });
});
