import { createFileRoute, useNavigate } from "@tanstack/react-router";
import { NewWorkflowPage } from "@/features/workflows/new-workflow-page";

export const Route = createFileRoute("/_app/workflows/new")({ staticData: { crumb: "New" }, component: NewWorkflow });

function NewWorkflow() {
  const navigate = useNavigate();
  return (
    <NewWorkflowPage
      onCreated={(workflow) => void navigate({ to: "/workflows/$workflowId", params: { workflowId: workflow.id } })}
    />
  );
}
