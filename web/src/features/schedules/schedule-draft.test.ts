import { describe, expect, it } from "vitest";
import type { Schedule } from "@/api/types";
import { bodyOf, draftOf, isComplete, newDraft, timingOf } from "./schedule-draft";

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

describe("the body of a draft", () => {
  const schedule = {
    ...{ name: "Nightly", target_type: "workflow", target_id: "1", input: { order: 7 }, frequency: "daily", interval: 1 },
    ...{ time: "09:00", days: [], date: null, missing_date: "skip", run_date: null, cron: null, timezone: "UTC" },
    ...{ overlap: "skip", catch_up: "last", jitter_seconds: 0 },
  } as unknown as Schedule;

  it("keeps the workflow of a schedule and its input", () => {
    const body = bodyOf(draftOf(schedule), schedule.input);
    expect(body).toMatchObject({ target_type: "workflow", target_id: "1", input: { order: 7 } });
  });

  it("keeps what the form of an agent does not show", () => {
    const agent = { ...schedule, target_type: "agent", input: { prompt: "Go.", order: 7 } } as Schedule;
    expect(bodyOf({ ...draftOf(agent), prompt: "Stop." }, agent.input).input).toEqual({ prompt: "Stop.", order: 7 });
  });
});
