import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { ChevronLeft, ChevronRight } from "lucide-react";
import type { CalendarEntry } from "@/api/types";
import { IconButton } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Notice } from "@/components/ui/notice";
import { Loaded } from "@/components/ui/page-states";
import { statusLook } from "@/components/ui/status-badge";
import { cx } from "@/lib/cx";
import { calendarQuery } from "./api";
import { dayKey, monthAfter, monthOf } from "./month";

const SHOWN = 4;
const WEEKDAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

interface Props {
  month: string | undefined;
  onMonth: (month: string | undefined) => void;
}

/** A month of due times: past ones with their outcome, later ones as planned. */
export function MonthCalendar({ month, onMonth }: Props) {
  const now = new Date();
  const { key, days } = monthOf(month, now);
  const first = days[0] as Date;
  const last = days.at(-1) as Date;
  const end = new Date(last.getFullYear(), last.getMonth(), last.getDate() + 1);
  const calendar = useQuery(calendarQuery(first.toISOString(), end.toISOString()));
  const [year, number] = key.split("-").map(Number);
  const title = new Date(year as number, (number as number) - 1, 1).toLocaleDateString(undefined, {
    month: "long",
    year: "numeric",
  });
  return (
    <div className="flex flex-col gap-3">
      <div className="flex items-center gap-2">
        <IconButton label="Previous month" icon={ChevronLeft} onClick={() => onMonth(monthAfter(key, -1))} />
        <IconButton label="Next month" icon={ChevronRight} onClick={() => onMonth(monthAfter(key, 1))} />
        <h2 className="font-semibold text-base text-fg" aria-live="polite">
          {title}
        </h2>
      </div>
      <Loaded query={calendar}>
        {(data) => (
          <>
            {!data.is_complete && (
              <Notice>
                There are more times in this month than a calendar can show. Open a schedule to see all of them.
              </Notice>
            )}
            <Card className="overflow-x-auto">
              <table aria-label={title} className="w-full min-w-2xl table-fixed border-collapse">
                <thead>
                  <tr>
                    {WEEKDAYS.map((day) => (
                      <th
                        key={day}
                        scope="col"
                        className="border-line border-b p-2 text-left font-medium text-muted text-xs"
                      >
                        {day}
                      </th>
                    ))}
                  </tr>
                </thead>
                <tbody>
                  {weeksOf(days).map((week) => (
                    <tr key={dayKey(week[0] as Date)}>
                      {week.map((day) => (
                        <Day
                          key={dayKey(day)}
                          day={day}
                          isOutside={!dayKey(day).startsWith(key)}
                          isToday={dayKey(day) === dayKey(now)}
                          entries={data.entries.filter((each) => dayKey(new Date(each.due_at)) === dayKey(day))}
                        />
                      ))}
                    </tr>
                  ))}
                </tbody>
              </table>
            </Card>
          </>
        )}
      </Loaded>
    </div>
  );
}

function weeksOf(days: readonly Date[]): Date[][] {
  return Array.from({ length: days.length / 7 }, (_, week) => days.slice(week * 7, week * 7 + 7));
}

interface DayProps {
  day: Date;
  isOutside: boolean;
  isToday: boolean;
  entries: readonly CalendarEntry[];
}

function Day({ day, isOutside, isToday, entries }: DayProps) {
  return (
    <td className={cx("h-28 border-line border-t border-l p-1 align-top first:border-l-0", isOutside && "bg-sunken")}>
      <span
        className={cx(
          "inline-flex h-5 min-w-5 items-center justify-center rounded-full px-1 text-xs tabular-nums",
          isToday ? "bg-accent font-semibold text-accent-fg" : "text-muted",
        )}
      >
        {day.getDate()}
      </span>
      <ul className="mt-0.5 flex flex-col gap-0.5">
        {entries.slice(0, SHOWN).map((each) => (
          <li key={`${each.schedule_id} ${each.due_at}`}>
            <Entry entry={each} />
          </li>
        ))}
      </ul>
      {entries.length > SHOWN && <p className="px-1 text-2xs text-faint">{entries.length - SHOWN} more</p>}
    </td>
  );
}

const EDGES: Record<string, string> = {
  planned: "border-dashed border-line-strong",
  missed: "border-warning",
  failed: "border-danger",
  skipped: "border-dotted border-faint",
  completed: "border-success",
};

function Entry({ entry }: { entry: CalendarEntry }) {
  const status = entry.run_status ?? entry.status;
  const look = statusLook(status);
  const at = new Date(entry.due_at).toLocaleTimeString(undefined, { hour: "2-digit", minute: "2-digit" });
  const Icon = look.icon;
  return (
    <Link
      to="/schedules/$scheduleId"
      params={{ scheduleId: entry.schedule_id }}
      title={[look.word, entry.reason].filter(Boolean).join(": ")}
      className={cx(
        "flex items-center gap-1 truncate rounded border bg-surface px-1 py-0.5 text-2xs text-fg hover:bg-hover",
        EDGES[status] ?? "border-line",
      )}
    >
      <Icon aria-hidden className="size-3 shrink-0 text-muted" />
      <span className="sr-only">{look.word}: </span>
      <span className="text-muted tabular-nums">{at}</span>
      <span className="truncate">{entry.schedule_name}</span>
    </Link>
  );
}
