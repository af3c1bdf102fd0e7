/** What the connection of an external agent asks of the API. */
import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";

const HOURS = 6;
const LOOK_MS = 15_000;

export function heartbeatHistory(agentId: string) {
  return queryOptions({
    queryKey: ["agents", "heartbeats", agentId],
    queryFn: ({ signal }) => {
      const params = { path: { agent_id: agentId }, query: { hours: HOURS } };
      return unwrap(api.GET("/api/v1/agents/{agent_id}/heartbeats", { params, signal }));
    },
    refetchInterval: LOOK_MS,
  });
}

export function agentKeys(agentId: string) {
  return queryOptions({
    queryKey: ["agents", "keys", agentId],
    queryFn: ({ signal }) =>
      unwrap(api.GET("/api/v1/agents/{agent_id}/keys", { params: { path: { agent_id: agentId } }, signal })),
  });
}

function useKeysChanged(agentId: string) {
  const client = useQueryClient();
  return () => client.invalidateQueries({ queryKey: ["agents", "keys", agentId] });
}

/** Creates a key, or one in place of another. */
export function useIssueKey(agentId: string) {
  const changed = useKeysChanged(agentId);
  return useMutation({
    mutationFn: (replaced: string | null) =>
      replaced === null
        ? unwrap(api.POST("/api/v1/agents/{agent_id}/keys", { params: { path: { agent_id: agentId } } }))
        : unwrap(
            api.POST("/api/v1/agents/{agent_id}/keys/{agent_key_id}/rotate", {
              params: { path: { agent_id: agentId, agent_key_id: replaced } },
              body: {},
            }),
          ),
    onSuccess: changed,
  });
}

export function useRevokeAgentKey(agentId: string) {
  const changed = useKeysChanged(agentId);
  return useMutation({
    mutationFn: (keyId: string) => {
      const path = { agent_id: agentId, agent_key_id: keyId };
      return unwrap(api.DELETE("/api/v1/agents/{agent_id}/keys/{agent_key_id}", { params: { path } }));
    },
    onSuccess: changed,
  });
}

export function useCreateWebhookSecret(agentId: string) {
  return useMutation({
    mutationFn: () =>
      unwrap(api.POST("/api/v1/agents/{agent_id}/webhook-secret", { params: { path: { agent_id: agentId } } })),
  });
}
