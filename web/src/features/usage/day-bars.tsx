import type { UsageRow } from "@/api/types";
import { money, plural } from "@/lib/format";

interface Props {
  start: string;
  end: string;
  rows: readonly UsageRow[];
}

const DAY_MS = 86_400_000;

/** The cost of each day of a window as a bar; the table of days has the figures. */
export function DayBars({ start, end, rows }: Props) {
  const byDay = new Map(rows.map((row) => [(row.day ?? "").slice(0, 10), row]));
  const days: string[] = [];
  const first = Math.floor(Date.parse(start) / DAY_MS) * DAY_MS;
  for (let at = first; at < Date.parse(end); at += DAY_MS) days.push(new Date(at).toISOString().slice(0, 10));
  const most = Math.max(0, ...rows.map((row) => Number(row.cost_usd)));
  return (
    <div>
      <div role="img" aria-label={`Cost of ${plural(days.length, "day")}`} className="flex h-28 items-end gap-px sm:gap-0.5">
        {days.map((day) => {
          const row = byDay.get(day);
          const share = most > 0 ? Number(row?.cost_usd ?? 0) / most : 0;
          return (
            <span
              key={day}
              title={`${day}: ${money(Number(row?.cost_usd ?? 0))}, ${plural(row?.calls ?? 0, "call")}`}
              className="flex h-full min-w-0 max-w-10 flex-1 items-end rounded-sm bg-sunken"
            >
              <span
                className="block w-full rounded-sm"
                style={{ height: share > 0 ? `max(2px, ${share * 100}%)` : 0, background: "var(--chart-decision)" }}
              />
            </span>
          );
        })}
      </div>
      <div aria-hidden className="mt-1 flex justify-between text-2xs text-faint tabular-nums">
        <span>{days[0]}</span>
        <span>Highest day: {money(most)}</span>
        <span>{days.at(-1)}</span>
      </div>
    </div>
  );
}
