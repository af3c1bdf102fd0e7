import { useQueryClient } from "@tanstack/react-query";
import { createFileRoute, Link, useNavigate } from "@tanstack/react-router";
import { useCan } from "@/api/session";
import type { Approval } from "@/api/types";
import { ApprovalsPage } from "@/features/approvals/approvals-page";
import { tellDecision } from "@/features/runs/live/tell-decision";

type Status = Approval["status"];
const STATUSES: readonly Status[] = ["pending", "approved", "rejected", "answered", "expired"];

export const Route = createFileRoute("/_app/approvals")({
  staticData: { crumb: "Approvals" },
  validateSearch: (search: Record<string, unknown>): { status?: Status } =>
    STATUSES.includes(search.status as Status) ? { status: search.status as Status } : {},
  component: Approvals,
});

function Approvals() {
  const { status = "pending" } = Route.useSearch();
  const navigate = useNavigate();
  const client = useQueryClient();
  const can = useCan();
  return (
    <ApprovalsPage
      status={status}
      onStatus={(next) =>
        void navigate({ to: "/approvals", search: next === "pending" ? {} : { status: next }, replace: true })
      }
      canDecide={can("approvals:decide")}
      onDecided={(decided) => tellDecision(client, decided)}
      renderLink={(approval) => (
        <Link
          to="/runs/$runId"
          params={{ runId: approval.run_id }}
          search={approval.step_id === null ? {} : { step: approval.step_id }}
          className="text-accent-text underline-offset-2 hover:underline"
        >
          Open the run
        </Link>
      )}
    />
  );
}
