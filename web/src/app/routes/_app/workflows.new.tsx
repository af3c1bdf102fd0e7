import { createFileRoute, useNavigate } from "@tanstack/react-router";
import { useCan } from "@/api/session";
import { NotAllowed } from "@/components/read-only";
import { NewWorkflowPage } from "@/features/workflows/new-workflow-page";

export const Route = createFileRoute("/_app/workflows/new")({ staticData: { crumb: "New" }, component: NewWorkflow });

function NewWorkflow() {
  const navigate = useNavigate();
  if (!useCan()("workflows:write")) return <NotAllowed title="You cannot create workflows" action="create workflows" />;
  return (
    <NewWorkflowPage
      onCreated={(workflow) => void navigate({ to: "/workflows/$workflowId", params: { workflowId: workflow.id } })}
    />
  );
}
