import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { Bot, type LucideIcon, Rocket, UsersRound, Workflow } from "lucide-react";
import type { ReactNode } from "react";
import type { Deployment } from "@/api/types";
import { SavedViews } from "@/components/saved-views";
import { Card } from "@/components/ui/card";
import { CopyButton } from "@/components/ui/copy-button";
import { type Column, DataTable } from "@/components/ui/data-table";
import { EmptyState } from "@/components/ui/empty-state";
import { FilterSelect } from "@/components/ui/filter-select";
import { LoadMore } from "@/components/ui/load-more";
import { NothingFits } from "@/components/ui/nothing-fits";
import { Page } from "@/components/ui/page";
import { Loaded } from "@/components/ui/page-states";
import { StatusBadge } from "@/components/ui/status-badge";
import { RelativeTime } from "@/components/ui/time";
import { TimeFilter } from "@/components/ui/time-filter";
import { type DeploymentFilter, deploymentPages } from "./api";
import { DEPLOYMENT_STATUSES, TARGET_TYPES } from "./statuses";

interface Props {
  readonly filter: DeploymentFilter;
  readonly onFilter: (filter: DeploymentFilter) => void;
  /** Links to the deployments of what was deployed. */
  readonly renderLink: (deployment: Deployment) => ReactNode;
}

/** All deployments of the organization, newest first. */
export function DeploymentsPage({ filter, onFilter, renderLink }: Props) {
  const deployments = useInfiniteQuery({ ...deploymentPages(filter), placeholderData: keepPreviousData });
  const isFiltered = Object.values(filter).some((each) => each !== undefined);
  return (
    <Page
      title="Deployments"
      description="Versions that answer at a URL, and all that were deployed before."
      width="wide"
      actions={<SavedViews list="deployments" />}
    >
      <search className="flex flex-wrap items-center gap-2">
        <TimeFilter range={filter.range} onRange={(range) => onFilter({ ...filter, range })} />
        <FilterSelect
          label="Status"
          all="All statuses"
          value={filter.status}
          options={DEPLOYMENT_STATUSES.map((each) => [each.value, each.label] as const)}
          onChange={(status) => onFilter({ ...filter, status })}
        />
        <FilterSelect
          label="Kind"
          all="All kinds"
          value={filter.target_type}
          options={TARGET_TYPES.map((type) => [type, KINDS[type].label] as const)}
          onChange={(target_type) => onFilter({ ...filter, target_type })}
        />
      </search>
      <Loaded query={deployments}>
        {(data) => {
          const rows = data.pages.flatMap((page) => page.items);
          if (rows.length === 0) return <Empty isFiltered={isFiltered} onClear={() => onFilter({})} />;
          return (
            <Card>
              <DataTable label="Deployments" rows={rows} columns={columns(renderLink)} rowKey={(each) => each.id} />
            </Card>
          );
        }}
      </Loaded>
      <LoadMore query={deployments} />
    </Page>
  );
}

const KINDS: Record<Deployment["target_type"], { icon: LucideIcon; label: string }> = {
  agent: { icon: Bot, label: "Agent" },
  team: { icon: UsersRound, label: "Team" },
  workflow: { icon: Workflow, label: "Workflow" },
};

function columns(renderLink: Props["renderLink"]): Column<Deployment>[] {
  return [
    {
      id: "target",
      header: "Name",
      cell: (each) => {
        const { icon: Icon, label } = KINDS[each.target_type];
        return (
          <span className="flex min-w-0 items-center gap-2 font-medium text-fg">
            <Icon aria-label={label} className="size-4 shrink-0 text-faint" />
            {renderLink(each)}
          </span>
        );
      },
    },
    { id: "version", header: "Version", cell: (each) => each.version },
    { id: "status", header: "Status", cell: (each) => <StatusBadge status={each.status} /> },
    {
      id: "note",
      header: "Note",
      hideBelow: "lg",
      cell: (each) => (
        <span className="block max-w-80 truncate text-muted" title={each.error_message ?? each.note}>
          {each.error_message ?? (each.note || "—")}
        </span>
      ),
    },
    { id: "by", header: "By", hideBelow: "md", cell: (each) => each.created_by_name ?? "Retinue" },
    { id: "created", header: "Created", hideBelow: "sm", cell: (each) => <RelativeTime at={each.created_at} /> },
    {
      id: "url",
      header: "URL",
      align: "end",
      hideBelow: "sm",
      cell: (each) => each.status === "deployed" && <CopyButton text={each.deployment_url} label="Copy the URL" />,
    },
  ];
}

function Empty({ isFiltered, onClear }: { isFiltered: boolean; onClear: () => void }) {
  if (isFiltered) return <NothingFits title="No deployment fits these filters" onClear={onClear} />;
  return (
    <EmptyState icon={Rocket} title="No deployments yet">
      Open an agent, a team or a workflow and choose Deployments: a deployed version answers at a URL that never changes.
    </EmptyState>
  );
}
