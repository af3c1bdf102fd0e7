import { createFileRoute, Link, useNavigate } from "@tanstack/react-router";
import type { Deployment } from "@/api/types";
import type { DeploymentFilter } from "@/features/deployments/api";
import { DeploymentsPage } from "@/features/deployments/deployments-page";
import { DEPLOYMENT_STATUSES, TARGET_TYPES } from "@/features/deployments/statuses";
import { defined } from "@/lib/defined";
import { isRange } from "@/lib/range";
import { useUnderstood } from "../../understood";

export const Route = createFileRoute("/_app/deployments")({
  staticData: { crumb: "Deployments" },
  validateSearch: (search: Record<string, unknown>): DeploymentFilter =>
    defined({
      status: DEPLOYMENT_STATUSES.find((each) => each.value === search.status)?.value,
      target_type: TARGET_TYPES.find((each) => each === search.target_type),
      range: isRange(search.range) ? search.range : undefined,
    }),
  component: Deployments,
});

const LINK = "truncate hover:underline";

function Deployments() {
  const navigate = useNavigate();
  return (
    <DeploymentsPage
      filter={useUnderstood(Route)}
      onFilter={(filter) => void navigate({ to: "/deployments", search: defined(filter), replace: true })}
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
