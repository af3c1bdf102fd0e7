import { useQuery } from "@tanstack/react-query";
import { createFileRoute, Link, useNavigate } from "@tanstack/react-router";
import { MessageSquare } from "lucide-react";
import { useCan } from "@/api/session";
import { buttonClass } from "@/components/ui/button";
import { DeploymentsPanel } from "@/features/deployments/deployments-panel";
import { RunReply } from "@/features/runs/transcript/run-reply";
import { workflowQuery } from "@/features/workflows/api";
import { WorkflowPage } from "@/features/workflows/workflow-page";
import { useUnderstood } from "../../understood";
import { useApprovalSlot } from "../../use-approval-slot";

export const Route = createFileRoute("/_app/workflows/$workflowId")({
  validateSearch: (search: Record<string, unknown>): { deployments?: true } =>
    search.deployments === true ? { deployments: true } : {},
  loader: async ({ context, params }) => {
    const workflow = await context.queryClient.ensureQueryData(workflowQuery(params.workflowId));
    return { crumb: workflow.name };
  },
  component: OneWorkflow,
});

function OneWorkflow() {
  const { workflowId } = Route.useParams();
  const can = useCan();
  const renderApproval = useApprovalSlot();
  const { deployments } = useUnderstood(Route);
  const navigate = useNavigate();
  const show = (search: { deployments?: true }) =>
    void navigate({ to: "/workflows/$workflowId", params: { workflowId }, search, replace: true });
  const workflow = useQuery(workflowQuery(workflowId)).data;
  return (
    <>
      <WorkflowPage
        key={workflowId}
        workflowId={workflowId}
        canWrite={can("workflows:write")}
        canRun={can("runs:write")}
        onDeployments={() => show({ deployments: true })}
        chatLink={
          can("conversations:write") && (
            <Link to="/chat" search={{ workflow: workflowId }} className={buttonClass("ghost")}>
              <MessageSquare aria-hidden="true" className="size-3.5" /> Chat
            </Link>
          )
        }
        renderRun={(runId) => (
          <div className="flex flex-col gap-3">
            <RunReply runId={runId} renderApproval={renderApproval} />
            <Link to="/runs/$runId" params={{ runId }} className="text-accent-text text-sm hover:underline">
              Open the run
            </Link>
          </div>
        )}
      />
      {deployments === true && workflow && (
        <DeploymentsPanel
          target={{ type: "workflow", id: workflow.id, name: workflow.name, version: workflow.version }}
          canWrite={can("deployments:write")}
          onClose={() => show({})}
        />
      )}
    </>
  );
}
