/** What the agents package asks of the API. */
import { infiniteQueryOptions, queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";
import type { Agent, AgentCategory, AgentChange, AgentStatus, AgentVersion, NewAgent, Page } from "@/api/types";
import { defined } from "@/lib/defined";

const PAGE = 60;
const MANY = 200;

export interface AgentFilter {
  q?: string | undefined;
  category?: AgentCategory | undefined;
  status?: AgentStatus | undefined;
  type?: string | undefined;
}

export function agentList(filter: AgentFilter) {
  return infiniteQueryOptions({
    queryKey: ["agents", "list", filter],
    queryFn: ({ pageParam, signal }) => {
      const query = { limit: PAGE, ...defined(filter), ...(pageParam === null ? {} : { cursor: pageParam }) };
      return unwrap(api.GET("/api/v1/agents", { params: { query }, signal }));
    },
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
    meta: { live: ["agent"] },
  });
}

export function agentQuery(agentId: string) {
  return queryOptions({
    queryKey: ["agents", "one", agentId],
    queryFn: ({ signal }) =>
      unwrap(api.GET("/api/v1/agents/{agent_id}", { params: { path: { agent_id: agentId } }, signal })),
  });
}

export function templateList(filter: { q?: string | undefined; category?: AgentCategory | undefined }) {
  return queryOptions({
    queryKey: ["agent-templates", filter],
    queryFn: ({ signal }) =>
      unwrap(api.GET("/api/v1/agent-templates", { params: { query: { limit: MANY, ...defined(filter) } }, signal })),
  });
}

export function versionList(agentId: string) {
  return infiniteQueryOptions({
    queryKey: ["agents", "versions", agentId],
    queryFn: async ({ pageParam, signal }) => {
      const query = { limit: 50, ...(pageParam === null ? {} : { cursor: pageParam }) };
      const params = { path: { agent_id: agentId }, query };
      const page = await unwrap(api.GET("/api/v1/agents/{agent_id}/versions", { params, signal }));
      return page as unknown as Page<AgentVersion>;
    },
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
  });
}

/** Puts a changed agent where it is shown and has the lists read again. */
function useKeep() {
  const client = useQueryClient();
  return (agent: Agent) => {
    client.setQueryData(agentQuery(agent.id).queryKey, agent);
    void client.invalidateQueries({ queryKey: ["agents", "versions", agent.id] });
    return client.invalidateQueries({ queryKey: ["agents", "list"] });
  };
}

export function useCreateAgent() {
  const keep = useKeep();
  return useMutation({
    mutationFn: (body: NewAgent) => unwrap(api.POST("/api/v1/agents", { body })),
    onSuccess: keep,
  });
}

export function useUpdateAgent(agentId: string) {
  const keep = useKeep();
  return useMutation({
    mutationFn: (body: AgentChange) =>
      unwrap(api.PATCH("/api/v1/agents/{agent_id}", { params: { path: { agent_id: agentId } }, body: { ...body } })),
    onSuccess: keep,
  });
}

export type AgentAction = "activate" | "pause" | "duplicate";

export function useAgentAction() {
  const keep = useKeep();
  return useMutation({
    mutationFn: ({ agentId, action }: { agentId: string; action: AgentAction }) =>
      unwrap(api.POST(`/api/v1/agents/{agent_id}/${action}`, { params: { path: { agent_id: agentId } } })),
    onSuccess: keep,
  });
}

export function useDeleteAgent() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (agentId: string) =>
      unwrap(api.DELETE("/api/v1/agents/{agent_id}", { params: { path: { agent_id: agentId } } })),
    onSuccess: () => client.invalidateQueries({ queryKey: ["agents", "list"] }),
  });
}

export function useRestoreVersion(agentId: string) {
  const keep = useKeep();
  return useMutation({
    mutationFn: (version: number) =>
      unwrap(
        api.POST("/api/v1/agents/{agent_id}/versions/{version}/restore", {
          params: { path: { agent_id: agentId, version } },
        }),
      ),
    onSuccess: keep,
  });
}

export function useSaveTemplate() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: {
      agent_id: string;
      name: string;
      description: string;
      is_public: boolean;
      public_values: string[];
    }) => unwrap(api.POST("/api/v1/agent-templates", { body: { ...body } })),
    onSuccess: () => client.invalidateQueries({ queryKey: ["agent-templates"] }),
  });
}

export function useDeleteTemplate() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (templateId: string) =>
      unwrap(api.DELETE("/api/v1/agent-templates/{template_id}", { params: { path: { template_id: templateId } } })),
    onSuccess: () => client.invalidateQueries({ queryKey: ["agent-templates"] }),
  });
}
