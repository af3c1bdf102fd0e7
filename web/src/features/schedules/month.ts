/** The days of a month as a calendar shows them: whole weeks from Monday on, in the reader's own zone. */

export interface Month {
  /** "2027-03" */
  key: string;
  days: readonly Date[];
}

export function monthOf(key: string | undefined, now: Date): Month {
  const [year, month] = /^\d{4}-(0[1-9]|1[0-2])$/.test(key ?? "")
    ? (key as string).split("-").map(Number)
    : [now.getFullYear(), now.getMonth() + 1];
  const first = new Date(year as number, (month as number) - 1, 1);
  const lead = (first.getDay() + 6) % 7;
  const length = new Date(year as number, month as number, 0).getDate();
  const count = Math.ceil((lead + length) / 7) * 7;
  const days = Array.from(
    { length: count },
    (_, index) => new Date(first.getFullYear(), first.getMonth(), 1 - lead + index),
  );
  return { key: keyOf(first), days };
}

/** The month so many months later, by its key. */
export function monthAfter(key: string, by: number): string {
  const [year, month] = key.split("-").map(Number);
  return keyOf(new Date(year as number, (month as number) - 1 + by, 1));
}

export function dayKey(day: Date): string {
  return `${keyOf(day)}-${String(day.getDate()).padStart(2, "0")}`;
}

function keyOf(day: Date): string {
  return `${day.getFullYear()}-${String(day.getMonth() + 1).padStart(2, "0")}`;
}
