import { createFileRoute, useNavigate } from "@tanstack/react-router";
import { useCan } from "@/api/session";
import { NotAllowed } from "@/components/read-only";
import { NewAgentPage } from "@/features/agents/new-agent-page";

export const Route = createFileRoute("/_app/agents/new")({ staticData: { crumb: "New" }, component: NewAgent });

function NewAgent() {
  const navigate = useNavigate();
  if (!useCan()("agents:write")) return <NotAllowed title="You cannot create agents" action="create agents" />;
  return <NewAgentPage onCreated={(agent) => void navigate({ to: "/agents/$agentId", params: { agentId: agent.id } })} />;
}
