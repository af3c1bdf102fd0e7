import { useMutation, useQuery } from "@tanstack/react-query";
import { Download, Lock, Receipt } from "lucide-react";
import type { UsageDimension, UsageKind, UsageReport, UsageRow } from "@/api/types";
import { SavedViews } from "@/components/saved-views";
import { Button } from "@/components/ui/button";
import { Card, Section } from "@/components/ui/card";
import { CostText } from "@/components/ui/cost-text";
import { type Column, DataTable } from "@/components/ui/data-table";
import { EmptyState } from "@/components/ui/empty-state";
import { FilterSelect } from "@/components/ui/filter-select";
import { Page } from "@/components/ui/page";
import { Loaded } from "@/components/ui/page-states";
import { Select } from "@/components/ui/select";
import { Skeleton } from "@/components/ui/skeleton";
import { TabPanel, Tabs } from "@/components/ui/tabs";
import type { Cost } from "@/lib/cost";
import { download } from "@/lib/download";
import { count, duration } from "@/lib/format";
import { RANGE_OPTIONS, type Range } from "@/lib/range";
import { readUsageCsv, type UsageAsked, usageReport } from "./api";
import { BudgetsSection } from "./budgets-section";
import { DayBars } from "./day-bars";
import { GROUPS } from "./groups";

const KINDS: readonly (readonly [UsageKind, string])[] = [
  ["model_call", "Model calls"],
  ["request", "API requests"],
];

export interface UsageSearch {
  by?: UsageDimension | undefined;
  kind?: UsageKind | undefined;
  range?: Range | undefined;
}

interface Props {
  search: UsageSearch;
  onSearch: (change: UsageSearch) => void;
  canRead: boolean;
  canReadBudgets: boolean;
  canWriteBudgets: boolean;
}

export function UsagePage({ search, onSearch, canRead, canReadBudgets, canWriteBudgets }: Props) {
  const range = search.range ?? "30d";
  const asked: UsageAsked = { by: search.by ?? "agent", kind: search.kind, range };
  const csv = useMutation({
    mutationFn: () => readUsageCsv(asked),
    onSuccess: (text) => download("usage.csv", text, "text/csv"),
  });
  if (!canRead) {
    return (
      <Page title="Usage">
        <Card>
          <EmptyState icon={Lock} title="You need the permission usage:read">
            Owners, admins and agent managers have it.
          </EmptyState>
        </Card>
      </Page>
    );
  }
  return (
    <Page
      title="Usage"
      width="wide"
      description="Requests of the API and calls of models. Unknown prices are excluded from cost."
      actions={
        <>
          <SavedViews list="usage" />
          <FilterSelect
            label="Kind"
            all="All usage"
            value={search.kind}
            options={KINDS}
            onChange={(kind) => onSearch({ ...search, kind })}
          />
          <Select
            aria-label="Time"
            className="w-36"
            value={range}
            onChange={(event) => onSearch({ ...search, range: event.target.value as Range })}
          >
            {RANGE_OPTIONS.map(([value, label]) => (
              <option key={value} value={value}>
                {label}
              </option>
            ))}
          </Select>
          <Button icon={Download} busy={csv.isPending} onClick={() => csv.mutate()}>
            Export CSV
          </Button>
        </>
      }
    >
      {canReadBudgets && <BudgetsSection canWrite={canWriteBudgets} />}
      <Overview asked={{ ...asked, by: "day" }} />
      <Tabs
        label="Group by"
        value={asked.by}
        onChange={(by) => onSearch({ ...search, by: by as UsageDimension })}
        tabs={GROUPS.map(([value, label]) => ({ value, label }))}
      >
        <TabPanel value={asked.by} className="pt-4">
          <Groups asked={asked} />
        </TabPanel>
      </Tabs>
    </Page>
  );
}

function Overview({ asked }: { asked: UsageAsked }) {
  const report = useQuery(usageReport(asked));
  return (
    <Section title="Cost by day" description="Days are those of UTC.">
      <Loaded query={report} skeleton={<OverviewSkeleton />}>
        {(data) => (
          <>
            <Totals total={data.total} />
            <DayBars start={data.start} end={data.end} rows={data.items} />
          </>
        )}
      </Loaded>
    </Section>
  );
}

/** As high as what comes, so that the table below stays where it is. */
function OverviewSkeleton() {
  return (
    <>
      <Skeleton className="mb-3 h-11 w-96 max-w-full" />
      <Skeleton className="h-28 w-full" />
      <Skeleton className="mt-1 h-4 w-full" />
    </>
  );
}

function Totals({ total }: { total: UsageRow }) {
  const figures = [
    ["Cost", <CostText key="cost" value={costOf(total)} className="tabular-nums" />],
    ["Calls", count(total.calls)],
    ["Failed", count(total.failed_calls)],
    ["Input tokens", count(total.input_tokens)],
    ["Output tokens", count(total.output_tokens)],
  ] as const;
  return (
    <dl className="mb-3 flex flex-wrap gap-x-8 gap-y-2">
      {figures.map(([name, value]) => (
        <div key={name}>
          <dt className="text-muted text-xs">{name}</dt>
          <dd className="font-semibold text-fg text-lg tabular-nums">{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function Groups({ asked }: { asked: UsageAsked }) {
  const report = useQuery(usageReport(asked));
  return (
    <Loaded query={report}>
      {(data) =>
        data.items.length === 0 ? (
          <Card>
            <EmptyState icon={Receipt} title="No usage in this time">
              Requests and model calls appear here within seconds.
            </EmptyState>
          </Card>
        ) : (
          <Card>
            <DataTable label="Usage" rows={data.items} columns={columnsOf(asked.by, data)} rowKey={keyOf} />
            {data.has_more && (
              <p className="border-line border-t px-4 py-2 text-muted text-xs">
                The first {count(data.items.length)} groups. The CSV file has more.
              </p>
            )}
          </Card>
        )
      }
    </Loaded>
  );
}

function columnsOf(by: UsageDimension, report: UsageReport): Column<UsageRow>[] {
  const most = Math.max(...report.items.map((row) => Number(row.cost_usd)), Number.MIN_VALUE);
  const heading = GROUPS.find(([group]) => group === by)?.[1] ?? "";
  const number = (id: string, header: string, cell: (row: UsageRow) => string, hideBelow?: "sm" | "md" | "lg") => ({
    id,
    header,
    align: "end" as const,
    cell: (row: UsageRow) => <span className="tabular-nums">{cell(row)}</span>,
    ...(hideBelow ? { hideBelow } : {}),
  });
  return [
    { id: "group", header: heading, cell: (row) => <span className="block max-w-96 truncate">{nameOf(by, row)}</span> },
    number("calls", "Calls", (row) => count(row.calls)),
    number("failed", "Failed", (row) => count(row.failed_calls), "md"),
    number("input", "Input tokens", (row) => count(row.input_tokens), "lg"),
    number("output", "Output tokens", (row) => count(row.output_tokens), "lg"),
    number("time", "Average time", (row) => (row.response_time_ms === null ? "—" : duration(row.response_time_ms)), "md"),
    {
      id: "cost",
      header: "Cost",
      align: "end",
      cell: (row) => (
        <span className="flex items-center justify-end gap-2">
          <span aria-hidden className="h-1.5 w-20 overflow-hidden rounded-full bg-sunken max-sm:hidden">
            <span
              className="block h-full rounded-full"
              style={{ width: `${(Number(row.cost_usd) / most) * 100}%`, background: "var(--chart-decision)" }}
            />
          </span>
          <CostText value={costOf(row)} className="min-w-16 text-end tabular-nums" />
        </span>
      ),
    },
  ];
}

function nameOf(by: UsageDimension, row: UsageRow): string {
  switch (by) {
    case "agent":
      return row.agent_name ?? (row.agent_id ? "Deleted agent" : "No agent");
    case "model":
      return row.model ?? "No model";
    case "user":
      return row.user_name ?? (row.user_id ? "Deleted user" : "No user");
    case "api_key":
      return row.api_key_name ?? (row.api_key_id ? "Deleted key" : "No API key");
    case "endpoint":
      return row.endpoint === "model_call" ? "Model calls" : `${row.method} ${row.endpoint}`;
    default:
      return (row.day ?? "").slice(0, 10);
  }
}

function keyOf(row: UsageRow): string {
  return [row.agent_id, row.model, row.user_id, row.api_key_id, row.method, row.endpoint, row.day].join(" ");
}

function costOf(row: UsageRow): Cost {
  return { cost_usd: row.cost_usd, cost_state: row.unpriced_calls > 0 ? "partial" : "known" };
}
