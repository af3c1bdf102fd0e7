import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { CalendarClock } from "lucide-react";
import { useState } from "react";
import type { Schedule, ScheduleOccurrence } from "@/api/types";
import { Button } from "@/components/ui/button";
import { Section } from "@/components/ui/card";
import { type Column, DataTable } from "@/components/ui/data-table";
import { EmptyState } from "@/components/ui/empty-state";
import { LoadMore } from "@/components/ui/load-more";
import { Notice } from "@/components/ui/notice";
import { Page } from "@/components/ui/page";
import { Loaded } from "@/components/ui/page-states";
import { StatusBadge } from "@/components/ui/status-badge";
import { RelativeTime } from "@/components/ui/time";
import { useToast } from "@/components/ui/toast";
import { absoluteTime, plural } from "@/lib/format";
import { occurrenceList, scheduleQuery, upcomingTimes, useUpdateSchedule } from "./api";
import { ScheduleActions } from "./schedule-actions";
import { bodyOf, draftOf, type ScheduleDraft } from "./schedule-draft";
import { isFilled, ScheduleForm } from "./schedule-form";
import { UpcomingList } from "./upcoming-list";

interface Props {
  scheduleId: string;
  canWrite: boolean;
}

export function SchedulePage({ scheduleId, canWrite }: Props) {
  const schedule = useQuery(scheduleQuery(scheduleId));
  const [isEditing, setIsEditing] = useState(false);
  return (
    <Loaded query={schedule}>
      {(data) => (
        <Page
          title={data.name}
          width="wide"
          description={data.summary}
          actions={canWrite && !isEditing && <ScheduleActions schedule={data} onEdit={() => setIsEditing(true)} />}
        >
          {isEditing ? (
            <Editor schedule={data} onDone={() => setIsEditing(false)} />
          ) : (
            <>
              <Facts schedule={data} />
              <div className="grid items-start gap-4 lg:grid-cols-[minmax(0,3fr)_minmax(0,2fr)]">
                <Occurrences scheduleId={data.id} />
                <Upcoming schedule={data} />
              </div>
            </>
          )}
        </Page>
      )}
    </Loaded>
  );
}

function Facts({ schedule }: { schedule: Schedule }) {
  return (
    <>
      <p className="flex flex-wrap items-center gap-x-4 gap-y-1 text-muted text-sm">
        <StatusBadge status={schedule.status} />
        <span>
          Runs <span className="text-fg">{schedule.target_name}</span>
        </span>
        <span>Next run: {schedule.next_run === null ? "none" : <RelativeTime at={schedule.next_run} />}</span>
        <span>
          Last run: <RelativeTime at={schedule.last_run} />
        </span>
        {schedule.queued_count > 0 && <span>{plural(schedule.queued_count, "queued occurrence")}</span>}
      </p>
      {schedule.status === "paused" && (
        <Notice tone="warning">
          {schedule.paused_until === null
            ? "This schedule is paused. Its occurrences are skipped until you resume it."
            : `This schedule is paused until ${absoluteTime(schedule.paused_until)}.`}
        </Notice>
      )}
    </>
  );
}

function Upcoming({ schedule }: { schedule: Schedule }) {
  const upcoming = useQuery(upcomingTimes(schedule.id, schedule.updated_at));
  return (
    <Section title="Next times">
      <Loaded query={upcoming}>{(data) => <UpcomingList summary={data.summary} times={data.times} />}</Loaded>
    </Section>
  );
}

const COLUMNS: readonly Column<ScheduleOccurrence>[] = [
  {
    id: "due",
    header: "Due",
    cell: (each) => (
      <time dateTime={each.due_at} title={each.due_at} className="whitespace-nowrap">
        {absoluteTime(each.due_at)}
      </time>
    ),
  },
  { id: "status", header: "Status", cell: (each) => <StatusBadge status={each.run_status ?? each.status} /> },
  {
    id: "why",
    header: "Run or reason",
    cell: (each) =>
      each.run_id === null ? (
        <span className="text-muted">{each.reason}</span>
      ) : (
        <Link to="/runs/$runId" params={{ runId: each.run_id }} data-row-action className="text-accent-text hover:underline">
          Open run
        </Link>
      ),
  },
  { id: "kind", header: "Origin", cell: (each) => <span className="text-muted">{each.kind}</span>, hideBelow: "md" },
];

function Occurrences({ scheduleId }: { scheduleId: string }) {
  const occurrences = useInfiniteQuery(occurrenceList(scheduleId));
  return (
    <Section title="Occurrences" description="Each due time, and why it was not started." flush>
      <Loaded query={occurrences}>
        {(data) => {
          const rows = data.pages.flatMap((page) => page.items);
          if (rows.length === 0) {
            return (
              <EmptyState icon={CalendarClock} title="No occurrences yet">
                The first one appears at the next time of this schedule.
              </EmptyState>
            );
          }
          return <DataTable label="Occurrences" rows={rows} columns={COLUMNS} rowKey={(each) => each.due_at} />;
        }}
      </Loaded>
      <LoadMore query={occurrences} />
    </Section>
  );
}

function Editor({ schedule, onDone }: { schedule: Schedule; onDone: () => void }) {
  const toast = useToast();
  const update = useUpdateSchedule(schedule.id);
  const [draft, setDraft] = useState<ScheduleDraft>(() => draftOf(schedule));
  function save(): void {
    update.mutate(bodyOf(draft, schedule.input), {
      onSuccess: () => {
        toast.success("Schedule saved.");
        onDone();
      },
    });
  }
  return (
    <ScheduleForm draft={draft} onChange={(change) => setDraft((before) => ({ ...before, ...change }))} error={update.error}>
      <Button variant="primary" busy={update.isPending} disabled={!isFilled(draft)} onClick={save}>
        Save
      </Button>
      <Button onClick={onDone}>Cancel</Button>
    </ScheduleForm>
  );
}
