import { queryOptions } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";

const MANY = 200;

/** The agents and teams that an agent may call as tools. */
export const calleeChoices = queryOptions({
  queryKey: ["agents", "callees"],
  queryFn: async ({ signal }) => {
    const query = { limit: MANY };
    const [agents, teams] = await Promise.all([
      unwrap(api.GET("/api/v1/agents", { params: { query }, signal })),
      unwrap(api.GET("/api/v1/teams", { params: { query }, signal })),
    ]);
    return { agents: agents.items, teams: teams.items };
  },
  meta: { live: ["agent", "team"] },
});
