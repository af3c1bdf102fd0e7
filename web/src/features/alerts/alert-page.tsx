import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import type { AlertDelivery, AlertHistory } from "@/api/types";
import { Button } from "@/components/ui/button";
import { Section } from "@/components/ui/card";
import { type Column, DataTable } from "@/components/ui/data-table";
import { Page } from "@/components/ui/page";
import { Loaded } from "@/components/ui/page-states";
import { StatusBadge } from "@/components/ui/status-badge";
import { RelativeTime } from "@/components/ui/time";
import { useToast } from "@/components/ui/toast";
import { AlertActions } from "./alert-actions";
import { alertQuery, useRedeliver } from "./api";
import { Severity } from "./severity";

const EVENTS: Record<string, string> = {
  opened: "Fired",
  reopened: "Fired again",
  escalated: "Got worse",
  reminder: "Reminder",
  unsilenced: "Silence ended",
  unacknowledged: "Nobody acknowledged",
  channel_failed: "A channel was disabled",
  acknowledged: "Acknowledged",
  resolved: "Resolved",
};

export function AlertPage({ alertId, canWrite }: { alertId: string; canWrite: boolean }) {
  const query = useQuery(alertQuery(alertId));
  return (
    <Loaded query={query}>
      {(history) => (
        <Page title={history.alert.config_name} actions={canWrite && <AlertActions alert={history.alert} />}>
          <Details history={history} />
          <Section title="History" flush>
            <ol className="divide-y divide-line">
              {history.events.map((event) => (
                <li key={event.id} className="flex items-center gap-3 px-4 py-2 text-sm">
                  <span className="flex-1">{EVENTS[event.type] ?? event.type}</span>
                  <RelativeTime at={event.created_at} className="text-muted text-xs" />
                </li>
              ))}
            </ol>
          </Section>
          <Section title="Deliveries" description="What was sent, and each attempt." flush>
            <Deliveries deliveries={history.deliveries} canWrite={canWrite} />
          </Section>
        </Page>
      )}
    </Loaded>
  );
}

function Details({ history: { alert } }: { history: AlertHistory }) {
  const runs = Array.isArray(alert.details.run_ids) ? alert.details.run_ids : [];
  return (
    <Section title="Details">
      <dl className="grid gap-x-6 gap-y-3 text-sm sm:grid-cols-2 lg:grid-cols-3">
        <Fact name="Status">
          <StatusBadge status={alert.status} />
        </Fact>
        <Fact name="Severity">
          <Severity severity={alert.severity} />
        </Fact>
        <Fact name="Target">
          {alert.agent_id === null ? (
            (alert.target_name ?? "Organization")
          ) : (
            <Link to="/agents/$agentId" params={{ agentId: alert.agent_id }} className="text-accent-text hover:underline">
              {alert.target_name}
            </Link>
          )}
        </Fact>
        <Fact name="What">{String(alert.details.summary ?? "—")}</Fact>
        <Fact name="Since">
          <RelativeTime at={alert.started_at} />
        </Fact>
        {alert.value !== null && alert.threshold !== null && (
          <Fact name="Value and threshold">{`${alert.value} / ${alert.threshold}`}</Fact>
        )}
        {alert.resolved_at !== null && (
          <Fact name="Resolved">
            <RelativeTime at={alert.resolved_at} /> {alert.resolved_reason?.replaceAll("_", " ")}
          </Fact>
        )}
        {runs.length > 0 && (
          <Fact name="Runs">
            <span className="flex flex-wrap gap-x-3">
              {runs.map((run, place) => (
                <Link
                  key={String(run)}
                  to="/runs/$runId"
                  params={{ runId: String(run) }}
                  className="text-accent-text hover:underline"
                >
                  Run {place + 1}
                </Link>
              ))}
            </span>
          </Fact>
        )}
      </dl>
      {typeof alert.details.error === "string" && (
        <pre className="mt-4 overflow-x-auto whitespace-pre-wrap rounded-md bg-sunken p-3 text-xs">
          {alert.details.error}
        </pre>
      )}
    </Section>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="min-w-0">
      <dt className="text-faint text-xs">{name}</dt>
      <dd className="mt-0.5 break-words text-fg">{children}</dd>
    </div>
  );
}

export function Deliveries({ deliveries, canWrite }: { deliveries: readonly AlertDelivery[]; canWrite: boolean }) {
  const toast = useToast();
  const redeliver = useRedeliver();
  if (deliveries.length === 0) return <p className="px-4 py-3 text-muted text-sm">No channel is set for this rule.</p>;
  const columns: Column<AlertDelivery>[] = [
    { id: "channel", header: "Channel", cell: (each) => each.channel_name },
    { id: "event", header: "Event", cell: (each) => EVENTS[each.event_type] ?? each.event_type },
    { id: "state", header: "State", cell: (each) => <StatusBadge status={each.state} /> },
    {
      id: "answer",
      header: "Last answer",
      hideBelow: "sm",
      cell: (each) => {
        const last = each.log.at(-1);
        const text = each.reason ?? last?.error ?? last?.response ?? "";
        return (
          <span className="block max-w-80 truncate text-muted text-xs" title={text}>
            {last?.status_code ? `${last.status_code} ` : ""}
            {text}
          </span>
        );
      },
    },
    { id: "attempts", header: "Attempts", align: "end", hideBelow: "md", cell: (each) => each.attempts },
    {
      id: "again",
      header: <span className="sr-only">Actions</span>,
      align: "end",
      cell: (each) =>
        canWrite &&
        !["queued", "sending"].includes(each.state) && (
          <Button
            size="sm"
            variant="ghost"
            onClick={() =>
              redeliver.mutate(each.id, {
                onSuccess: () => toast.success("Queued."),
                onError: (error) => toast.danger(error),
              })
            }
          >
            Send again
          </Button>
        ),
    },
  ];
  return <DataTable label="Deliveries" rows={deliveries} columns={columns} rowKey={(each) => each.id} />;
}
