import { useQueryClient } from "@tanstack/react-query";
import { createFileRoute, Link, useNavigate } from "@tanstack/react-router";
import { useCan } from "@/api/session";
import { VIEWS, type View } from "@/features/approvals/api";
import { ApprovalsPage } from "@/features/approvals/approvals-page";
import { applyDecision } from "@/features/runs/live/apply-decision";
import { useUnderstood } from "../../understood";

export const Route = createFileRoute("/_app/approvals")({
  staticData: { crumb: "Approvals" },
  validateSearch: (search: Record<string, unknown>): { view?: View } =>
    VIEWS.includes(search.view as View) ? { view: search.view as View } : {},
  component: Approvals,
});

function Approvals() {
  const navigate = useNavigate();
  const client = useQueryClient();
  const can = useCan();
  const usual: View = can("approvals:decide") ? "mine" : "pending";
  const { view = usual } = useUnderstood(Route);
  return (
    <ApprovalsPage
      view={view}
      onView={(next) => void navigate({ to: "/approvals", search: next === usual ? {} : { view: next }, replace: true })}
      canDecide={can("approvals:decide")}
      onDecided={(decided) => applyDecision(client, decided)}
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
