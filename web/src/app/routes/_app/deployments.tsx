import { createFileRoute, Link, useNavigate } from "@tanstack/react-router";
import { DeploymentsPage } from "@/features/deployments/deployments-page";
import { DEPLOYMENT_STATUSES, type DeploymentStatus } from "@/features/deployments/statuses";
import { defined } from "@/lib/defined";

export const Route = createFileRoute("/_app/deployments")({
  staticData: { crumb: "Deployments" },
  validateSearch: (search: Record<string, unknown>): { status?: DeploymentStatus } =>
    defined({ status: DEPLOYMENT_STATUSES.find((each) => each.value === search.status)?.value }),
  component: Deployments,
});

const LINK = "truncate hover:underline";

function Deployments() {
  const { status } = Route.useSearch();
  const navigate = useNavigate();
  return (
    <DeploymentsPage
      status={status}
      onStatus={(next) => void navigate({ to: "/deployments", search: defined({ status: next }), replace: true })}
      renderLink={(each) =>
        each.target_type === "team" ? (
          <Link to="/teams/$teamId" params={{ teamId: each.target_id }} search={{ deployments: true }} className={LINK}>
            {each.name}
          </Link>
        ) : (
          <Link to="/agents/$agentId" params={{ agentId: each.target_id }} search={{ deployments: true }} className={LINK}>
            {each.name}
          </Link>
        )
      }
    />
  );
}
