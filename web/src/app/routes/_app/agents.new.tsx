import { createFileRoute, useNavigate } from "@tanstack/react-router";
import { NewAgentPage } from "@/features/agents/new-agent-page";

export const Route = createFileRoute("/_app/agents/new")({ staticData: { crumb: "New" }, component: NewAgent });

function NewAgent() {
  const navigate = useNavigate();
  return <NewAgentPage onCreated={(agent) => void navigate({ to: "/agents/$agentId", params: { agentId: agent.id } })} />;
}
