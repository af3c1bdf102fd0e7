import { keepPreviousData, useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { CalendarClock, Plus } from "lucide-react";
import type { ReactNode } from "react";
import type { Schedule } from "@/api/types";
import { SavedViews } from "@/components/saved-views";
import { buttonClass } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { type Column, DataTable } from "@/components/ui/data-table";
import { EmptyState } from "@/components/ui/empty-state";
import { FilterSelect } from "@/components/ui/filter-select";
import { LoadMore } from "@/components/ui/load-more";
import { NothingFits } from "@/components/ui/nothing-fits";
import { Page } from "@/components/ui/page";
import { Loaded } from "@/components/ui/page-states";
import { SearchBox } from "@/components/ui/search-box";
import { StatusBadge } from "@/components/ui/status-badge";
import { TabPanel, Tabs } from "@/components/ui/tabs";
import { RelativeTime } from "@/components/ui/time";
import { type ScheduleFilter, scheduleList, targets } from "./api";
import { MonthCalendar } from "./month-calendar";

export interface ScheduleSearch extends ScheduleFilter {
  tab?: "calendar" | undefined;
  /** YYYY-MM of the calendar. */
  month?: string | undefined;
}

interface Props {
  search: ScheduleSearch;
  onSearch: (change: ScheduleSearch) => void;
  canWrite: boolean;
}

export function SchedulesPage({ search, onSearch, canWrite }: Props) {
  return (
    <Page
      title="Schedules"
      width="wide"
      actions={
        <>
          <SavedViews list="schedules" except={["month"]} />
          {canWrite && (
            <Link to="/schedules/new" data-new className={buttonClass("primary")}>
              <Plus aria-hidden className="size-3.5" /> New schedule
            </Link>
          )}
        </>
      }
    >
      <Tabs
        label="Views"
        value={search.tab ?? "list"}
        onChange={(tab) => onSearch({ ...search, tab: tab === "calendar" ? "calendar" : undefined })}
        tabs={[
          { value: "list", label: "List" },
          { value: "calendar", label: "Calendar" },
        ]}
      >
        <TabPanel value="list" className="flex flex-col gap-4 pt-4">
          <ScheduleTable
            filter={{ q: search.q, target_id: search.target_id, enabled: search.enabled }}
            onFilter={(filter) => onSearch({ ...search, ...filter })}
            canWrite={canWrite}
          />
        </TabPanel>
        <TabPanel value="calendar" className="pt-4">
          <MonthCalendar month={search.month} onMonth={(month) => onSearch({ ...search, month })} />
        </TabPanel>
      </Tabs>
    </Page>
  );
}

interface TableProps {
  filter: ScheduleFilter;
  onFilter: (filter: ScheduleFilter) => void;
  canWrite: boolean;
}

const COLUMNS: readonly Column<Schedule>[] = [
  {
    id: "name",
    header: "Name",
    cell: (each) => (
      <Link
        to="/schedules/$scheduleId"
        params={{ scheduleId: each.id }}
        data-row-action
        className="block max-w-72 truncate font-medium text-fg hover:underline"
      >
        {each.name}
      </Link>
    ),
  },
  { id: "status", header: "Status", cell: (each) => <StatusBadge status={each.status} /> },
  { id: "when", header: "When", cell: (each) => <span className="text-muted">{each.summary}</span>, hideBelow: "md" },
  { id: "target", header: "Runs", cell: (each) => each.target_name, hideBelow: "lg" },
  { id: "next", header: "Next run", cell: (each) => <NextRun schedule={each} /> },
  { id: "last", header: "Last occurrence", cell: (each) => <Latest schedule={each} />, hideBelow: "sm" },
];

function ScheduleTable({ filter, onFilter, canWrite }: TableProps) {
  const schedules = useInfiniteQuery({ ...scheduleList(filter), placeholderData: keepPreviousData });
  return (
    <>
      <Filters filter={filter} onFilter={onFilter} />
      <Loaded query={schedules}>
        {(data) => {
          const rows = data.pages.flatMap((page) => page.items);
          if (rows.length === 0) return <Empty filter={filter} onFilter={onFilter} canWrite={canWrite} />;
          return (
            <Card>
              <DataTable label="Schedules" rows={rows} columns={COLUMNS} rowKey={(each) => each.id} />
            </Card>
          );
        }}
      </Loaded>
      <LoadMore query={schedules} />
    </>
  );
}

function Filters({ filter, onFilter }: Pick<TableProps, "filter" | "onFilter">) {
  const found = useQuery(targets).data;
  const all = found ? [...found.agents, ...found.teams, ...found.workflows] : [];
  return (
    <search className="flex flex-wrap items-center gap-2">
      <SearchBox className="w-full sm:w-64" label="Find a schedule" value={filter.q} onChange={(q) => onFilter({ q })} />
      <FilterSelect
        label="Status"
        all="All statuses"
        value={filter.enabled === undefined ? undefined : String(filter.enabled)}
        options={[
          ["true", "Enabled"],
          ["false", "Paused or ended"],
        ]}
        onChange={(enabled) => onFilter({ enabled: enabled === undefined ? undefined : enabled === "true" })}
      />
      <FilterSelect
        label="Runs"
        all="Everything it runs"
        className="w-48"
        value={filter.target_id}
        options={all.map((each) => [each.id, each.name] as const)}
        onChange={(target_id) => onFilter({ target_id })}
      />
    </search>
  );
}

function NextRun({ schedule }: { schedule: Schedule }): ReactNode {
  return schedule.next_run === null ? <span className="text-faint">—</span> : <RelativeTime at={schedule.next_run} />;
}

/** How the newest occurrence went; why not, on hover. */
export function Latest({ schedule: { latest } }: { schedule: Schedule }): ReactNode {
  if (latest === null) return <span className="text-faint">—</span>;
  return (
    <span className="flex items-center gap-2" title={latest.reason ?? undefined}>
      <StatusBadge status={latest.run_status ?? latest.status} />
      <RelativeTime at={latest.due_at} className="whitespace-nowrap text-muted text-xs" />
    </span>
  );
}

const NO_FILTER: ScheduleFilter = { q: undefined, target_id: undefined, enabled: undefined };

function Empty({ filter, onFilter, canWrite }: TableProps) {
  if (Object.values(filter).some((each) => each !== undefined)) {
    return (
      <Card>
        <NothingFits title="No schedule fits these filters" onClear={() => onFilter(NO_FILTER)} />
      </Card>
    );
  }
  const create = canWrite && (
    <Link to="/schedules/new" className={buttonClass("primary")}>
      Create schedule
    </Link>
  );
  return (
    <Card>
      <EmptyState icon={CalendarClock} title="No schedules yet" action={create}>
        A schedule starts runs of an agent, a team or a workflow at given times.
      </EmptyState>
    </Card>
  );
}
