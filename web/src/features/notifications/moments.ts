/** Days of the reader's zone: under which one a notification is listed, and until when it is snoozed. */
const DAY_MS = 86_400_000;
const MORNING = 9;
const MONDAY = 1;
const WEEK_DAYS = 7;

function midnight(instant: Date): Date {
  return new Date(instant.getFullYear(), instant.getMonth(), instant.getDate());
}

/** "Today", "Yesterday", or the date. */
export function dayOf(instant: string, now: number): string {
  const day = midnight(new Date(instant));
  const days = Math.round((midnight(new Date(now)).getTime() - day.getTime()) / DAY_MS);
  if (days === 0) return "Today";
  if (days === 1) return "Yesterday";
  return day.toLocaleDateString(undefined, { weekday: "long", day: "numeric", month: "long" });
}

function morningIn(days: number, now: Date): Date {
  return new Date(now.getFullYear(), now.getMonth(), now.getDate() + days, MORNING);
}

/** What one may snooze until. */
export function snoozes(now: Date): readonly (readonly [string, Date])[] {
  const toMonday = (MONDAY - now.getDay() + WEEK_DAYS) % WEEK_DAYS || WEEK_DAYS;
  return [
    ["For 1 hour", new Date(now.getTime() + DAY_MS / 24)],
    ["Until tomorrow", morningIn(1, now)],
    ["Until next week", morningIn(toMonday, now)],
  ];
}
