/** What the tools package asks of the API. */
import { infiniteQueryOptions, queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";
import type {
  InstalledFunction,
  Json,
  JsonObject,
  McpImport,
  McpImportRequest,
  McpStatus,
  NewTool,
  Tool,
  ToolChange,
  ToolImport,
  ToolImportRequest,
  ToolTest,
} from "@/api/types";
import { defined } from "@/lib/defined";

const PAGE = 100;

export const toolKeys = { all: ["tools"] as const };

export interface ToolFilter {
  readonly q?: string | undefined;
  readonly kind?: Tool["tool_type"] | undefined;
  readonly off?: boolean | undefined;
}

export function toolList({ q, kind, off }: ToolFilter) {
  const filter = defined({ q, tool_type: kind, is_active: off ? false : undefined });
  return infiniteQueryOptions({
    queryKey: [...toolKeys.all, "list", filter],
    queryFn: ({ pageParam, signal }) => {
      const query = { limit: PAGE, ...filter, ...(pageParam === null ? {} : { cursor: pageParam }) };
      return unwrap(api.GET("/api/v1/tools", { params: { query }, signal }));
    },
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
  });
}

/** A tool that is opened from elsewhere may be left out by the filters. */
export function toolQuery(toolId: string | undefined) {
  return queryOptions({
    queryKey: [...toolKeys.all, "one", toolId],
    queryFn: ({ signal }): Promise<Tool> =>
      unwrap(api.GET("/api/v1/tools/{tool_id}", { params: { path: { tool_id: toolId ?? "" } }, signal })),
    enabled: toolId !== undefined,
  });
}

export function useCreateTool() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: NewTool): Promise<Tool> => unwrap(api.POST("/api/v1/tools", { body })),
    onSuccess: () => client.invalidateQueries({ queryKey: toolKeys.all }),
  });
}

export function useUpdateTool(toolId: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: ToolChange): Promise<Tool> =>
      unwrap(api.PATCH("/api/v1/tools/{tool_id}", { params: { path: { tool_id: toolId } }, body })),
    onSuccess: () => client.invalidateQueries({ queryKey: toolKeys.all }),
  });
}

export function useDeleteTool(toolId: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => unwrap(api.DELETE("/api/v1/tools/{tool_id}", { params: { path: { tool_id: toolId } } })),
    onSuccess: () => client.invalidateQueries({ queryKey: toolKeys.all }),
  });
}

export function useTestTool(toolId: string) {
  return useMutation({
    mutationFn: (args: JsonObject): Promise<ToolTest> =>
      unwrap(
        api.POST("/api/v1/tools/{tool_id}/test", {
          params: { path: { tool_id: toolId } },
          body: { arguments: args },
        }),
      ),
  });
}

/** Reads an OpenAPI document; with `create`, tools are made of those operations. */
export function useImport() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: ToolImportRequest): Promise<ToolImport> => unwrap(api.POST("/api/v1/tools/import-openapi", { body })),
    onSuccess: () => client.invalidateQueries({ queryKey: toolKeys.all }),
  });
}

/** An argument object to begin a test with, made of the schema's own examples and defaults. */
export function exampleOf(schema: JsonObject): JsonObject {
  const properties = schema.properties;
  if (typeof properties !== "object" || properties === null || Array.isArray(properties)) return {};
  const made: JsonObject = {};
  for (const [name, property] of Object.entries(properties)) {
    const facts = typeof property === "object" && property !== null && !Array.isArray(property) ? property : {};
    made[name] = exampleValue(facts);
  }
  return made;
}

function exampleValue(facts: JsonObject): Json {
  if (facts.default !== undefined) return facts.default;
  if (Array.isArray(facts.examples) && facts.examples[0] !== undefined) return facts.examples[0];
  if (Array.isArray(facts.enum) && facts.enum[0] !== undefined) return facts.enum[0];
  return { integer: 1, number: 1, boolean: true, array: [], object: {} }[String(facts.type)] ?? "";
}

/** The Python functions that the operator installed. */
export function functionList() {
  return queryOptions({
    queryKey: ["tool-functions"],
    queryFn: ({ signal }): Promise<InstalledFunction[]> => unwrap(api.GET("/api/v1/tools/functions", { signal })),
  });
}

/** The names of MCP servers that may be started on the machine of the installation. */
export function mcpCommandList() {
  return queryOptions({
    queryKey: ["mcp-commands"],
    queryFn: ({ signal }): Promise<string[]> => unwrap(api.GET("/api/v1/tools/mcp-commands", { signal })),
  });
}

/** Reads the tools of an MCP server; with `create`, tools are made of those. */
export function useMcpImport() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: McpImportRequest): Promise<McpImport> => unwrap(api.POST("/api/v1/tools/import-mcp", { body })),
    onSuccess: () => client.invalidateQueries({ queryKey: toolKeys.all }),
  });
}

export function useMcpCheck(toolId: string) {
  return useMutation({
    mutationFn: (): Promise<McpStatus> =>
      unwrap(api.POST("/api/v1/tools/{tool_id}/mcp/check", { params: { path: { tool_id: toolId } } })),
  });
}

export function useMcpAccept(toolId: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (pin: string): Promise<Tool> =>
      unwrap(api.POST("/api/v1/tools/{tool_id}/mcp/accept", { params: { path: { tool_id: toolId } }, body: { pin } })),
    onSuccess: () => client.invalidateQueries({ queryKey: toolKeys.all }),
  });
}
