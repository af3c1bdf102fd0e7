/** What the workflows room asks of the API. */
import { infiniteQueryOptions, queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";
import type { JsonObject, Workflow, WorkflowChange, WorkflowStatus } from "@/api/types";
import { defined } from "@/lib/defined";
import { newKey } from "@/lib/new-key";
import { readSchema } from "./graph/schema";

const PAGE = 60;

export interface WorkflowFilter {
  q?: string | undefined;
  status?: WorkflowStatus | undefined;
}

export function workflowList(filter: WorkflowFilter) {
  return infiniteQueryOptions({
    queryKey: ["workflows", "list", filter],
    queryFn: ({ pageParam, signal }) => {
      const query = { limit: PAGE, ...defined(filter), ...(pageParam === null ? {} : { cursor: pageParam }) };
      return unwrap(api.GET("/api/v1/workflows", { params: { query }, signal }));
    },
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
    meta: { live: ["workflow", "run"] },
  });
}

export function workflowQuery(workflowId: string) {
  return queryOptions({
    queryKey: ["workflows", "one", workflowId],
    queryFn: ({ signal }) =>
      unwrap(api.GET("/api/v1/workflows/{workflow_id}", { params: { path: { workflow_id: workflowId } }, signal })),
    meta: { live: ["workflow", "run"] },
  });
}

const numbers = new WeakMap<JsonObject, number>();
let lastNumber = 0;

/** A number for a definition: definitions are not changed, and are too long to be a key. */
function numberOf(definition: JsonObject): number {
  const known = numbers.get(definition);
  if (known !== undefined) return known;
  lastNumber += 1;
  numbers.set(definition, lastNumber);
  return lastNumber;
}

/** The findings in a definition. */
export function findingsQuery(definition: JsonObject) {
  return queryOptions({
    queryKey: ["workflows", "findings", numberOf(definition)],
    queryFn: ({ signal }) => unwrap(api.POST("/api/v1/workflows/validate", { body: { definition }, signal })),
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 60_000,
  });
}

/** The JSON Schema of definitions, as the palette and the inspector read it. */
export const schemaQuery = queryOptions({
  queryKey: ["workflows", "schema"],
  queryFn: async ({ signal }) => readSchema((await unwrap(api.GET("/api/v1/workflows/schema", { signal }))) as JsonObject),
  staleTime: Number.POSITIVE_INFINITY,
});

export function versionQuery(workflowId: string, version: number) {
  return queryOptions({
    queryKey: ["workflows", "version", workflowId, version],
    queryFn: ({ signal }) => {
      const params = { path: { workflow_id: workflowId, version } };
      return unwrap(api.GET("/api/v1/workflows/{workflow_id}/versions/{version}", { params, signal }));
    },
    staleTime: Number.POSITIVE_INFINITY,
  });
}

export type ReferenceKind = "agent" | "team" | "tool" | "workflow";

interface Choice {
  readonly id: string;
  readonly name: string;
}

const CHOICES = 200;

/** What nodes of a type may refer to. */
export function choicesQuery(kind: ReferenceKind) {
  return queryOptions({
    queryKey: [`${kind}s`, "choices of workflows"],
    queryFn: async ({ signal }): Promise<Choice[]> => {
      const path = `/api/v1/${kind}s` as "/api/v1/agents";
      const page = await unwrap(api.GET(path, { params: { query: { limit: CHOICES } }, signal }));
      return page.items.map(({ id, name }) => ({ id, name }));
    },
  });
}

function useKeep() {
  const client = useQueryClient();
  return (workflow: Workflow) => {
    client.setQueryData(workflowQuery(workflow.id).queryKey, workflow);
    return client.invalidateQueries({ queryKey: ["workflows", "list"] });
  };
}

export function useCreateWorkflow() {
  const keep = useKeep();
  return useMutation({
    mutationFn: (definition: JsonObject) => unwrap(api.POST("/api/v1/workflows", { body: { definition } as never })),
    onSuccess: keep,
  });
}

export function useUpdateWorkflow(workflowId: string) {
  const keep = useKeep();
  return useMutation({
    mutationFn: (body: WorkflowChange) =>
      unwrap(
        api.PATCH("/api/v1/workflows/{workflow_id}", { params: { path: { workflow_id: workflowId } }, body: body as never }),
      ),
    onSuccess: keep,
  });
}

export function usePublishWorkflow(workflowId: string) {
  const keep = useKeep();
  return useMutation({
    mutationFn: () =>
      unwrap(
        api.POST("/api/v1/workflows/{workflow_id}/publish", { params: { path: { workflow_id: workflowId } }, body: {} }),
      ),
    onSuccess: keep,
  });
}

export function useDuplicateWorkflow() {
  const keep = useKeep();
  return useMutation({
    mutationFn: (workflowId: string) =>
      unwrap(api.POST("/api/v1/workflows/{workflow_id}/duplicate", { params: { path: { workflow_id: workflowId } } })),
    onSuccess: keep,
  });
}

export function useNewWebhookSecret(workflowId: string) {
  return useMutation({
    mutationFn: () =>
      unwrap(api.POST("/api/v1/workflows/{workflow_id}/webhook-secret", { params: { path: { workflow_id: workflowId } } })),
  });
}

export function useDeleteWorkflow() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (workflowId: string) =>
      unwrap(api.DELETE("/api/v1/workflows/{workflow_id}", { params: { path: { workflow_id: workflowId } } })),
    onSuccess: () => client.invalidateQueries({ queryKey: ["workflows"] }),
  });
}

export function useStartWorkflow(workflowId: string) {
  return useMutation({
    mutationFn: ({ input, isTrial }: { input: JsonObject; isTrial: boolean }) =>
      unwrap(
        api.POST("/api/v1/workflows/{workflow_id}/runs", {
          params: { path: { workflow_id: workflowId }, header: { "Idempotency-Key": newKey() } },
          body: { input, playground: isTrial } as never,
        }),
      ),
  });
}
