/** A schedule as it is being edited: every field of every form is kept, and only those of the chosen form are sent. */
import type { JsonObject, Schedule, ScheduleFrequency } from "@/api/types";
import { stringifyJson } from "@/lib/exact-json";
import { readJsonObject } from "@/lib/read-json";

export type Form = ScheduleFrequency | "cron";

export interface TimingDraft {
  form: Form;
  interval: number | null;
  time: string;
  days: readonly number[];
  date: number | null;
  isLastDay: boolean;
  runDate: string;
  cron: string;
  timezone: string;
}

export interface ScheduleDraft extends TimingDraft {
  name: string;
  /** "agent:ID", "team:ID" or "workflow:ID"; empty when none is chosen. */
  target: string;
  prompt: string;
  /** The input of a workflow, as JSON. */
  input: string;
  overlap: Schedule["overlap"];
  catchUp: Schedule["catch_up"];
  jitterSeconds: number | null;
}

export function newDraft(timezone: string): ScheduleDraft {
  return {
    name: "",
    target: "",
    prompt: "",
    input: "{}",
    form: "daily",
    interval: 1,
    time: "09:00",
    days: [1, 2, 3, 4, 5],
    date: 1,
    isLastDay: false,
    runDate: "",
    cron: "0 9 * * MON-FRI",
    timezone,
    overlap: "skip",
    catchUp: "last",
    jitterSeconds: 0,
  };
}

export function draftOf(schedule: Schedule): ScheduleDraft {
  const blank = newDraft(schedule.timezone);
  return {
    ...blank,
    name: schedule.name,
    target: `${schedule.target_type}:${schedule.target_id}`,
    prompt: typeof schedule.input.prompt === "string" ? schedule.input.prompt : "",
    input: stringifyJson(schedule.input as JsonObject, 2),
    form: schedule.frequency ?? "cron",
    interval: schedule.interval,
    time: schedule.time ?? (schedule.frequency === null ? blank.time : "00:00"),
    days: schedule.days.length > 0 ? schedule.days : blank.days,
    date: schedule.date ?? blank.date,
    isLastDay: schedule.missing_date === "last_day",
    runDate: schedule.run_date ?? "",
    cron: schedule.cron ?? blank.cron,
    overlap: schedule.overlap,
    catchUp: schedule.catch_up,
    jitterSeconds: schedule.jitter_seconds,
  };
}

interface Timing {
  timezone: string;
  frequency?: ScheduleFrequency;
  interval?: number;
  time?: string;
  days?: number[];
  date?: number;
  run_date?: string;
  missing_date?: Schedule["missing_date"];
  cron?: string;
}

/** The fields of the chosen form. */
export function timingOf(draft: TimingDraft): Timing {
  const { form, timezone, time } = draft;
  if (form === "cron") return { cron: draft.cron.trim(), timezone };
  if (form === "once") return { frequency: form, run_date: draft.runDate, time, timezone };
  const common = { frequency: form, interval: draft.interval ?? 1, time, timezone };
  if (form === "weekly") return { ...common, days: [...draft.days] };
  if (form !== "monthly") return common;
  return { ...common, date: draft.date ?? 1, missing_date: draft.isLastDay ? "last_day" : "skip" };
}

/** Whether the fields of the chosen form are filled in, so that a preview is worth asking for. */
export function isComplete(draft: TimingDraft): boolean {
  if (draft.form === "cron") return draft.cron.trim() !== "";
  if (!/^\d\d:\d\d$/.test(draft.time)) return false;
  if (draft.form === "once") return draft.runDate !== "";
  return draft.form !== "weekly" || draft.days.length > 0;
}

/** The type and the id of what a draft runs; null for none. */
export function targetOf({ target }: ScheduleDraft): { type: Schedule["target_type"]; id: string } | null {
  const [type, id] = target.split(":");
  return (type === "agent" || type === "team" || type === "workflow") && id ? { type, id } : null;
}

/** The body of a new schedule or of a change; ``input`` keeps what the form of an agent or a team does not show. */
export function bodyOf(draft: ScheduleDraft, input: Schedule["input"] = {}) {
  const target = targetOf(draft);
  const isWorkflow = target?.type === "workflow";
  return {
    ...timingOf(draft),
    name: draft.name.trim(),
    target_type: target?.type ?? ("agent" as const),
    target_id: target?.id ?? "",
    input: isWorkflow ? (readJsonObject(draft.input).value ?? {}) : { ...input, prompt: draft.prompt },
    overlap: draft.overlap,
    catch_up: draft.catchUp,
    jitter_seconds: draft.jitterSeconds ?? 0,
  };
}
