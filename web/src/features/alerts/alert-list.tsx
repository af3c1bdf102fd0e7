import { keepPreviousData, useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { BellRing } from "lucide-react";
import type { Alert } from "@/api/types";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { type Column, DataTable } from "@/components/ui/data-table";
import { EmptyState } from "@/components/ui/empty-state";
import { FilterSelect } from "@/components/ui/filter-select";
import { LoadMore } from "@/components/ui/load-more";
import { NothingFits } from "@/components/ui/nothing-fits";
import { Loaded } from "@/components/ui/page-states";
import { StatusBadge } from "@/components/ui/status-badge";
import { RelativeTime } from "@/components/ui/time";
import { TimeFilter } from "@/components/ui/time-filter";
import { AlertActions } from "./alert-actions";
import { type AlertFilter, alertList, ruleAgents } from "./api";
import { SEVERITIES, Severity } from "./severity";

interface Props {
  readonly isFiring: boolean;
  readonly filter: AlertFilter;
  readonly onFilter: (filter: AlertFilter) => void;
  readonly canWrite: boolean;
  readonly onRules: () => void;
}

export function AlertList({ isFiring, filter, onFilter, canWrite, onRules }: Props) {
  const alerts = useInfiniteQuery({ ...alertList(isFiring, filter), placeholderData: keepPreviousData });
  const isFiltered = Object.values(filter).some((each) => each !== undefined);
  return (
    <div className="flex flex-col gap-3">
      <Filters filter={filter} onFilter={onFilter} />
      <Card>
        <Loaded query={alerts}>
          {(data) => {
            const rows = data.pages.flatMap((page) => page.items);
            if (rows.length === 0 && isFiltered) {
              return <NothingFits title="No alert fits these filters" onClear={() => onFilter({})} />;
            }
            if (rows.length === 0) {
              return (
                <EmptyState
                  icon={BellRing}
                  title={isFiring ? "No alert is firing" : "No alerts yet"}
                  action={<Button onClick={onRules}>Open rules</Button>}
                >
                  Rules create alerts, such as after three failed runs in a row.
                </EmptyState>
              );
            }
            return (
              <DataTable
                label={isFiring ? "Firing alerts" : "Past alerts"}
                rows={rows}
                rowKey={(each) => each.id}
                columns={columns(isFiring, canWrite)}
              />
            );
          }}
        </Loaded>
        <LoadMore query={alerts} />
      </Card>
    </div>
  );
}

function Filters({ filter, onFilter }: Pick<Props, "filter" | "onFilter">) {
  const agents = useQuery(ruleAgents).data?.items ?? [];
  return (
    <search className="flex flex-wrap items-center gap-2">
      <TimeFilter range={filter.range} onRange={(range) => onFilter({ ...filter, range })} />
      <FilterSelect
        label="Severity"
        all="All severities"
        value={filter.severity}
        options={SEVERITIES}
        onChange={(severity) => onFilter({ ...filter, severity })}
      />
      <FilterSelect
        label="Agent"
        all="All agents"
        className="w-48"
        value={filter.agent_id}
        options={agents.map((agent) => [agent.id, agent.name] as const)}
        onChange={(agent_id) => onFilter({ ...filter, agent_id })}
      />
    </search>
  );
}

function columns(isFiring: boolean, canWrite: boolean): Column<Alert>[] {
  const actions: Column<Alert> = {
    id: "actions",
    header: <span className="sr-only">Actions</span>,
    align: "end",
    cell: (alert) => canWrite && <AlertActions alert={alert} />,
  };
  return [
    { id: "severity", header: "Severity", hideBelow: "sm", cell: (alert) => <Severity severity={alert.severity} /> },
    {
      id: "rule",
      header: "Alert",
      cell: (alert) => (
        <div className="min-w-0">
          <Link
            to="/alerts/$alertId"
            params={{ alertId: alert.id }}
            data-row-action
            className="block max-w-96 font-medium sm:truncate text-fg hover:underline"
          >
            {alert.config_name}
          </Link>
          <p className="max-w-40 truncate text-muted text-xs sm:max-w-96">{String(alert.details.summary ?? "")}</p>
        </div>
      ),
    },
    { id: "target", header: "Target", hideBelow: "md", cell: (alert) => alert.target_name ?? "Organization" },
    { id: "since", header: "Since", hideBelow: "sm", cell: (alert) => <RelativeTime at={alert.started_at} /> },
    {
      id: "status",
      header: "Status",
      hideBelow: "sm",
      cell: (alert) => (
        <span className="flex flex-wrap items-center gap-1.5">
          <StatusBadge status={alert.status} />
          {alert.is_flapping && <Badge tone="warning">Flapping</Badge>}
          {alert.is_silenced && alert.status !== "resolved" && <Badge>Silenced</Badge>}
        </span>
      ),
    },
    ...(isFiring
      ? [actions]
      : [
          {
            id: "resolved",
            header: "Resolved",
            hideBelow: "lg" as const,
            cell: (alert: Alert) => <RelativeTime at={alert.resolved_at} />,
          },
        ]),
  ];
}
