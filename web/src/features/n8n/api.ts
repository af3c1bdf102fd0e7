/** What the settings of n8n ask of the API. */
import { infiniteQueryOptions, queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";
import { isApiError } from "@/api/problem";
import type { ConnectN8n } from "@/api/types";

const CONNECTION = "/api/v1/n8n/connection";

/** The connection, or null when there is none. */
export const connectionQuery = queryOptions({
  queryKey: ["n8n", "connection"],
  queryFn: async ({ signal }) => {
    try {
      return await unwrap(api.GET(CONNECTION, { signal }));
    } catch (error) {
      if (isApiError(error) && error.code === "n8n_not_connected") return null;
      throw error;
    }
  },
});

export const workflowsQuery = infiniteQueryOptions({
  queryKey: ["n8n", "workflows"],
  queryFn: ({ pageParam, signal }) => {
    const query = { limit: 50, ...(pageParam === null ? {} : { cursor: pageParam }) };
    return unwrap(api.GET("/api/v1/n8n/workflows", { params: { query }, signal }));
  },
  initialPageParam: null as string | null,
  getNextPageParam: (page) => page.next_cursor,
  retry: false,
});

export function useConnect() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: ConnectN8n) => unwrap(api.PUT(CONNECTION, { body })),
    onSuccess: () => client.invalidateQueries({ queryKey: ["n8n"] }),
  });
}

export function useTestConnection() {
  return useMutation({ mutationFn: () => unwrap(api.POST(`${CONNECTION}/test`)) });
}

export function useDisconnect() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => unwrap(api.DELETE(CONNECTION)),
    onSuccess: () => client.invalidateQueries({ queryKey: ["n8n"] }),
  });
}

export function useLink() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => unwrap(api.POST("/api/v1/n8n/links", { body: { n8n_workflow_id: id, imports_runs: true } })),
    onSuccess: () => client.invalidateQueries({ queryKey: ["n8n"] }),
  });
}

export function useSetPublished() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ id, isActive }: { id: string; isActive: boolean }) => {
      const params = { path: { n8n_workflow_id: id } };
      return unwrap(
        isActive
          ? api.POST("/api/v1/n8n/workflows/{n8n_workflow_id}/publish", { params })
          : api.POST("/api/v1/n8n/workflows/{n8n_workflow_id}/unpublish", { params }),
      );
    },
    onSuccess: () => client.invalidateQueries({ queryKey: ["n8n"] }),
  });
}
