import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Plus, Workflow as WorkflowIcon } from "lucide-react";
import type { WorkflowStatus, WorkflowSummary } from "@/api/types";
import { SavedViews } from "@/components/saved-views";
import { buttonClass } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { type Column, DataTable } from "@/components/ui/data-table";
import { EmptyState } from "@/components/ui/empty-state";
import { LoadMore } from "@/components/ui/load-more";
import { NothingFits } from "@/components/ui/nothing-fits";
import { Page } from "@/components/ui/page";
import { Loaded } from "@/components/ui/page-states";
import { SearchBox } from "@/components/ui/search-box";
import { Select } from "@/components/ui/select";
import { StatusBadge } from "@/components/ui/status-badge";
import { RelativeTime } from "@/components/ui/time";
import { type WorkflowFilter, workflowList } from "./api";
import { STATUSES } from "./statuses";

interface Props {
  readonly filter: WorkflowFilter;
  readonly onFilter: (change: WorkflowFilter) => void;
  readonly canWrite: boolean;
}

const COLUMNS: readonly Column<WorkflowSummary>[] = [
  {
    id: "name",
    header: "Name",
    cell: (row) => (
      <>
        <Link
          to="/workflows/$workflowId"
          params={{ workflowId: row.id }}
          data-row-action
          className="font-medium text-fg hover:underline"
        >
          {row.name}
        </Link>
        <span className="block truncate text-muted text-xs">{row.description}</span>
      </>
    ),
  },
  { id: "status", header: "Status", cell: (row) => <StatusBadge status={row.status} /> },
  {
    id: "version",
    header: "Published",
    hideBelow: "md",
    cell: (row) => (row.active_version === null ? "Not published" : `${row.active_version} of ${row.version}`),
  },
  { id: "runs", header: "Runs", align: "end", cell: (row) => row.execution_count },
  { id: "failed", header: "Failed", align: "end", hideBelow: "sm", cell: (row) => row.error_count },
  {
    id: "last",
    header: "Last run",
    align: "end",
    hideBelow: "md",
    cell: (row) => (row.last_execution === null ? "Never" : <RelativeTime at={row.last_execution} />),
  },
];

export function WorkflowsPage({ filter, onFilter, canWrite }: Props) {
  const workflows = useInfiniteQuery({ ...workflowList(filter), placeholderData: keepPreviousData });
  const isFiltered = Boolean(filter.q || filter.status);
  return (
    <Page
      title="Workflows"
      width="wide"
      actions={
        <>
          <SavedViews list="workflows" />
          {canWrite && (
            <Link to="/workflows/new" data-new className={buttonClass("primary")}>
              <Plus aria-hidden className="size-3.5" /> New workflow
            </Link>
          )}
        </>
      }
    >
      <div className="flex flex-wrap gap-2">
        <SearchBox
          className="w-full sm:w-64"
          label="Find a workflow"
          value={filter.q}
          onChange={(q) => onFilter({ ...filter, q })}
        />
        <div className="w-full sm:w-44">
          <Select
            aria-label="Status"
            value={filter.status ?? ""}
            onChange={(event) => onFilter({ ...filter, status: (event.target.value as WorkflowStatus) || undefined })}
          >
            <option value="">All statuses</option>
            {STATUSES.map((status) => (
              <option key={status.value} value={status.value}>
                {status.label}
              </option>
            ))}
          </Select>
        </div>
      </div>
      <Loaded query={workflows}>
        {(data) => {
          const rows = data.pages.flatMap((page) => page.items);
          if (rows.length === 0)
            return isFiltered ? (
              <Card>
                <NothingFits title="No workflow fits these filters" onClear={() => onFilter({})} />
              </Card>
            ) : (
              <NoWorkflows canWrite={canWrite} />
            );
          return (
            <Card>
              <DataTable rows={rows} columns={COLUMNS} rowKey={(row) => row.id} label="Workflows" />
            </Card>
          );
        }}
      </Loaded>
      <LoadMore query={workflows} />
    </Page>
  );
}

function NoWorkflows({ canWrite }: { readonly canWrite: boolean }) {
  const action = canWrite && (
    <Link to="/workflows/new" className={buttonClass("primary")}>
      Create workflow
    </Link>
  );
  return (
    <Card>
      <EmptyState icon={WorkflowIcon} title="No workflows yet" action={action}>
        A workflow is a graph of agents, tools and decisions that runs step by step and goes on after a crash.
      </EmptyState>
    </Card>
  );
}
