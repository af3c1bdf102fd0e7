import { createFileRoute, Link } from "@tanstack/react-router";
import { useCan } from "@/api/session";
import { RunReply } from "@/features/runs/transcript/run-reply";
import { workflowQuery } from "@/features/workflows/api";
import { WorkflowPage } from "@/features/workflows/workflow-page";
import { useApprovalSlot } from "../../use-approval-slot";

export const Route = createFileRoute("/_app/workflows/$workflowId")({
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
  return (
    <WorkflowPage
      key={workflowId}
      workflowId={workflowId}
      canWrite={can("workflows:write")}
      canRun={can("runs:write")}
      renderRun={(runId) => (
        <div className="flex flex-col gap-3">
          <RunReply runId={runId} renderApproval={renderApproval} />
          <Link to="/runs/$runId" params={{ runId }} className="text-accent-text text-sm hover:underline">
            Open the run
          </Link>
        </div>
      )}
    />
  );
}
