import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { isApiError } from "@/api/problem";
import type { UpcomingTime } from "@/api/types";
import { timingPreview } from "./api";
import { isComplete, type TimingDraft, timingOf } from "./schedule-draft";

const PAUSE_MS = 300;

/** The draft's timing in words and its next ten times, while it is being edited. */
export function LivePreview({ draft }: { draft: TimingDraft }) {
  const [settled, setSettled] = useState(draft);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(draft), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [draft]);
  const timing = isComplete(settled) ? timingOf(settled) : null;
  const preview = useQuery({ ...timingPreview(timing ?? { timezone: "UTC" }), enabled: timing !== null });
  if (timing === null) return <p className="text-muted text-sm">Fill in the fields to see the next times.</p>;
  if (preview.isLoadingError) {
    const first = isApiError(preview.error) ? preview.error.fields[0] : undefined;
    return <p className="text-danger text-sm">{first ? `${first.field} ${first.message}.` : preview.error.message}</p>;
  }
  if (!preview.data) return <p className="text-muted text-sm">Loading the next times</p>;
  return <UpcomingList summary={preview.data.summary} times={preview.data.times} />;
}

export function UpcomingList({ summary, times }: { summary: string; times: readonly UpcomingTime[] }) {
  return (
    <div className="flex flex-col gap-2">
      <p className="font-medium text-fg text-sm" aria-live="polite">
        {summary}
      </p>
      {times.length === 0 ? (
        <p className="text-muted text-sm">There are no more times.</p>
      ) : (
        <ol aria-label="Next times" className="flex flex-col gap-1 text-sm">
          {times.map((each) => (
            <li key={each.due_at} className="flex flex-wrap gap-x-2 tabular-nums">
              <time dateTime={each.due_at} className="text-fg">
                {wallTime(each.local_time)}
              </time>
              <span className="text-faint">UTC{each.local_time.slice(19)}</span>
              {each.note && <span className="basis-full text-warning text-xs">{each.note}</span>}
            </li>
          ))}
        </ol>
      )}
    </div>
  );
}

/** A time with an offset as its own clock shows it, not the reader's. */
export function wallTime(localTime: string): string {
  const shown = new Date(`${localTime.slice(0, 19)}Z`);
  return shown.toLocaleString(undefined, {
    timeZone: "UTC",
    weekday: "short",
    day: "numeric",
    month: "short",
    year: "numeric",
    hour: "2-digit",
    minute: "2-digit",
  });
}
