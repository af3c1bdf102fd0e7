import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { Bot, type LucideIcon, Rocket, SearchX, UsersRound, Workflow } from "lucide-react";
import type { ReactNode } from "react";
import type { Deployment } from "@/api/types";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { CopyButton } from "@/components/ui/copy-button";
import { type Column, DataTable } from "@/components/ui/data-table";
import { EmptyState } from "@/components/ui/empty-state";
import { LoadMore } from "@/components/ui/load-more";
import { Page } from "@/components/ui/page";
import { Loaded } from "@/components/ui/page-states";
import { Select } from "@/components/ui/select";
import { StatusBadge } from "@/components/ui/status-badge";
import { RelativeTime } from "@/components/ui/time";
import { deploymentPages } from "./api";
import { DEPLOYMENT_STATUSES, type DeploymentStatus } from "./statuses";

interface Props {
  readonly status: DeploymentStatus | undefined;
  readonly onStatus: (status: DeploymentStatus | undefined) => void;
  /** Links to the deployments of what was deployed. */
  readonly renderLink: (deployment: Deployment) => ReactNode;
}

/** All deployments of the organization, newest first. */
export function DeploymentsPage({ status, onStatus, renderLink }: Props) {
  const deployments = useInfiniteQuery({ ...deploymentPages({ status }), placeholderData: keepPreviousData });
  return (
    <Page title="Deployments" description="Versions that answer at a URL, and all that were deployed before." width="wide">
      <div className="w-full sm:w-44">
        <Select
          aria-label="Status"
          value={status ?? ""}
          onChange={(event) => onStatus((event.target.value as DeploymentStatus) || undefined)}
        >
          <option value="">All statuses</option>
          {DEPLOYMENT_STATUSES.map((each) => (
            <option key={each.value} value={each.value}>
              {each.label}
            </option>
          ))}
        </Select>
      </div>
      <Loaded query={deployments}>
        {(data) => {
          const rows = data.pages.flatMap((page) => page.items);
          if (rows.length === 0) return <Empty isFiltered={status !== undefined} onClear={() => onStatus(undefined)} />;
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
  if (isFiltered)
    return (
      <EmptyState
        icon={SearchX}
        title="No deployment has this status"
        action={
          <Button variant="secondary" onClick={onClear}>
            Show all
          </Button>
        }
      />
    );
  return (
    <EmptyState icon={Rocket} title="No deployments yet">
      Open an agent, a team or a workflow and choose Deployments: a deployed version answers at a URL that never changes.
    </EmptyState>
  );
}
