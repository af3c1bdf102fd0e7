import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";
import type { NewVariable } from "@/api/types";

export function variableList(agentId: string) {
  return queryOptions({
    queryKey: ["agents", "variables", agentId],
    queryFn: ({ signal }) =>
      unwrap(api.GET("/api/v1/agents/{agent_id}/variables", { params: { path: { agent_id: agentId } }, signal })),
  });
}

/** What changes a variable changes what the agent warns of, too. */
function useRefresh(agentId: string) {
  const client = useQueryClient();
  return () => {
    void client.invalidateQueries({ queryKey: ["agents", "one", agentId] });
    return client.invalidateQueries({ queryKey: ["agents", "variables", agentId] });
  };
}

export function useSaveVariable(agentId: string, variableId: string | null) {
  const refresh = useRefresh(agentId);
  return useMutation({
    mutationFn: (body: NewVariable) =>
      variableId === null
        ? unwrap(api.POST("/api/v1/agents/{agent_id}/variables", { params: { path: { agent_id: agentId } }, body }))
        : unwrap(
            api.PATCH("/api/v1/agents/{agent_id}/variables/{variable_id}", {
              params: { path: { agent_id: agentId, variable_id: variableId } },
              body,
            }),
          ),
    onSuccess: refresh,
  });
}

export function useDeleteVariable(agentId: string) {
  const refresh = useRefresh(agentId);
  return useMutation({
    mutationFn: (variableId: string) =>
      unwrap(
        api.DELETE("/api/v1/agents/{agent_id}/variables/{variable_id}", {
          params: { path: { agent_id: agentId, variable_id: variableId } },
        }),
      ),
    onSuccess: refresh,
  });
}
