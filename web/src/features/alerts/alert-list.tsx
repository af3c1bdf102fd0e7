import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { BellRing } from "lucide-react";
import type { Alert } from "@/api/types";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { type Column, DataTable } from "@/components/ui/data-table";
import { EmptyState } from "@/components/ui/empty-state";
import { LoadMore } from "@/components/ui/load-more";
import { Loaded } from "@/components/ui/page-states";
import { StatusBadge } from "@/components/ui/status-badge";
import { RelativeTime } from "@/components/ui/time";
import { AlertActions } from "./alert-actions";
import { alertList } from "./api";
import { Severity } from "./severity";

interface Props {
  readonly isFiring: boolean;
  readonly canWrite: boolean;
  readonly onRules: () => void;
}

export function AlertList({ isFiring, canWrite, onRules }: Props) {
  const alerts = useInfiniteQuery(alertList(isFiring));
  return (
    <Card>
      <Loaded query={alerts}>
        {(data) => {
          const rows = data.pages.flatMap((page) => page.items);
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
          <p className="max-w-96 truncate text-muted text-xs">{String(alert.details.summary ?? "")}</p>
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
