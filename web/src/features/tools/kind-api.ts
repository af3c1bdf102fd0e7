/** What the tools room asks of the API about kinds, calls, versions and users of a tool. */
import { infiniteQueryOptions, queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";
import type { AllowedCaller, ToolCallState } from "@/api/types";
import { toolKeys } from "./api";

const PAGE = 20;
const CHOICES = 100;

export function toolForms() {
  return queryOptions({
    queryKey: ["tool-forms"],
    queryFn: ({ signal }) => unwrap(api.GET("/api/v1/tools/forms", { signal })),
    staleTime: Number.POSITIVE_INFINITY,
  });
}

export function toolCalls(toolId: string, state: ToolCallState | "") {
  return infiniteQueryOptions({
    queryKey: [...toolKeys.all, toolId, "calls", state],
    queryFn: ({ pageParam, signal }) => {
      const query = {
        limit: PAGE,
        ...(pageParam === null ? {} : { cursor: pageParam }),
        ...(state === "" ? {} : { state }),
      };
      return unwrap(api.GET("/api/v1/tools/{tool_id}/calls", { params: { path: { tool_id: toolId }, query }, signal }));
    },
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
  });
}

export function toolUsers(toolId: string) {
  return infiniteQueryOptions({
    queryKey: [...toolKeys.all, toolId, "used-by"],
    queryFn: ({ pageParam, signal }) => {
      const query = { limit: PAGE, ...(pageParam === null ? {} : { cursor: pageParam }) };
      return unwrap(api.GET("/api/v1/tools/{tool_id}/used-by", { params: { path: { tool_id: toolId }, query }, signal }));
    },
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
  });
}

/** Agents, teams or workflows that a tool may be kept to. */
export function callerChoices(type: AllowedCaller["type"], text: string | undefined) {
  return queryOptions({
    queryKey: ["tool-callers", type, text],
    queryFn: async ({ signal }): Promise<readonly { id: string; name: string }[]> => {
      const params = { query: { limit: CHOICES, ...(text === undefined ? {} : { q: text }) } };
      if (type === "agent") return (await unwrap(api.GET("/api/v1/agents", { params, signal }))).items;
      if (type === "team") return (await unwrap(api.GET("/api/v1/teams", { params, signal }))).items;
      return (await unwrap(api.GET("/api/v1/workflows", { params, signal }))).items;
    },
  });
}

export function toolVersions(toolId: string) {
  return infiniteQueryOptions({
    queryKey: [...toolKeys.all, toolId, "versions"],
    queryFn: ({ pageParam, signal }) => {
      const query = { limit: PAGE, ...(pageParam === null ? {} : { cursor: pageParam }) };
      return unwrap(api.GET("/api/v1/tools/{tool_id}/versions", { params: { path: { tool_id: toolId }, query }, signal }));
    },
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
  });
}

export function toolChanges(toolId: string, since: number, version: number) {
  return queryOptions({
    queryKey: [...toolKeys.all, toolId, "changes", since, version],
    queryFn: ({ signal }) => {
      const params = { path: { tool_id: toolId, version }, query: { from_version: since } };
      return unwrap(api.GET("/api/v1/tools/{tool_id}/versions/{version}/changes", { params, signal }));
    },
  });
}

export function useRestoreTool(toolId: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (version: number) =>
      unwrap(
        api.POST("/api/v1/tools/{tool_id}/versions/{version}/restore", { params: { path: { tool_id: toolId, version } } }),
      ),
    onSuccess: () => client.invalidateQueries({ queryKey: toolKeys.all }),
  });
}
