import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { WebhookDelivery } from "@/api/types";
import { Button } from "@/components/ui/button";
import { type Column, DataTable } from "@/components/ui/data-table";
import { Loaded } from "@/components/ui/page-states";
import { StatusBadge } from "@/components/ui/status-badge";
import { RelativeTime } from "@/components/ui/time";
import { useToast } from "@/components/ui/toast";
import { deliveryList, useRedeliverWebhook } from "./api";

/** The newest deliveries of a webhook with the last answer to each. */
export function WebhookDeliveries({ webhookId, canWrite }: { webhookId: string; canWrite: boolean }) {
  const deliveries = useQuery(deliveryList(webhookId));
  return (
    <Loaded query={deliveries}>
      {({ items }) =>
        items.length === 0 ? (
          <p className="px-4 text-muted text-sm">No deliveries yet.</p>
        ) : (
          <DataTable label="Deliveries" rows={items} rowKey={(each) => each.id} columns={columns(canWrite)} />
        )
      }
    </Loaded>
  );
}

function columns(canWrite: boolean): Column<WebhookDelivery>[] {
  return [
    {
      id: "run",
      header: "Run",
      cell: (each) => (
        <Link
          to="/runs/$runId"
          params={{ runId: each.run_id }}
          className="text-accent-text underline-offset-2 hover:underline"
        >
          {each.event_type.replace("run.", "")}
        </Link>
      ),
    },
    { id: "state", header: "State", cell: (each) => <StatusBadge status={each.state} /> },
    {
      id: "answer",
      header: "Last answer",
      hideBelow: "md",
      cell: (each) => {
        const last = each.log.at(-1);
        return <span className="wrap-anywhere text-muted">{last ? (last.error ?? last.status_code) : "—"}</span>;
      },
    },
    { id: "at", header: "Created", hideBelow: "sm", cell: (each) => <RelativeTime at={each.created_at} /> },
    {
      id: "actions",
      header: <span className="sr-only">Actions</span>,
      align: "end",
      cell: (each) => canWrite && <Again delivery={each} />,
    },
  ];
}

function Again({ delivery }: { delivery: WebhookDelivery }) {
  const toast = useToast();
  const redeliver = useRedeliverWebhook();
  if (delivery.state !== "sent" && delivery.state !== "dead") return null;
  return (
    <Button
      size="sm"
      variant="ghost"
      busy={redeliver.isPending}
      onClick={() => redeliver.mutate(delivery.id, { onError: (error) => toast.danger(error) })}
    >
      Send again
    </Button>
  );
}
