import { createFileRoute, Link, useNavigate } from "@tanstack/react-router";
import type { Deployment } from "@/api/types";
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
      renderLink={(each) => <TargetLink deployment={each} />}
    />
  );
}

function TargetLink({ deployment: { target_type: type, target_id: id, name } }: { readonly deployment: Deployment }) {
  const shared = { search: { deployments: true as const }, className: LINK, children: name };
  if (type === "team") return <Link to="/teams/$teamId" params={{ teamId: id }} {...shared} />;
  if (type === "workflow") return <Link to="/workflows/$workflowId" params={{ workflowId: id }} {...shared} />;
  return <Link to="/agents/$agentId" params={{ agentId: id }} {...shared} />;
}
