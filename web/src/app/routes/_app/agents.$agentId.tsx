import { createFileRoute } from "@tanstack/react-router";
import { agentQuery } from "@/features/agents/api";

export const Route = createFileRoute("/_app/agents/$agentId")({
  loader: async ({ context, params }) => {
    const agent = await context.queryClient.ensureQueryData(agentQuery(params.agentId));
    return { crumb: agent.name };
  },
  component: () => null,
});
