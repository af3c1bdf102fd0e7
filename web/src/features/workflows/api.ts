/** What the workflows room asks of the API. */
import { infiniteQueryOptions, queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";
import type { Json, JsonObject, RunFromRequest, Step, Workflow, WorkflowChange, WorkflowStatus } from "@/api/types";
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

/** The most that a run of a version may cost. */
export function costQuery(workflowId: string, version: number) {
  return queryOptions({
    queryKey: ["workflows", "cost", workflowId, version],
    queryFn: ({ signal }) => {
      const params = { path: { workflow_id: workflowId }, query: { version } };
      return unwrap(api.GET("/api/v1/workflows/{workflow_id}/cost-preview", { params, signal }));
    },
  });
}

/** What changes from one version to another. */
export function diffQuery(workflowId: string, version: number, other: number) {
  return queryOptions({
    queryKey: ["workflows", "diff", workflowId, version, other],
    queryFn: ({ signal }) => {
      const params = { path: { workflow_id: workflowId, version, other } };
      return unwrap(api.GET("/api/v1/workflows/{workflow_id}/versions/{version}/diff/{other}", { params, signal }));
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

/** The LangGraph graphs that the operator installed. */
export const installedGraphsQuery = queryOptions({
  queryKey: ["tool-functions", "graphs"],
  queryFn: async ({ signal }) =>
    (await unwrap(api.GET("/api/v1/tools/functions", { signal }))).filter((each) => each.is_graph),
});

/** Reads a LangGraph graph as a definition, which is not saved. */
export function useImportGraph() {
  return useMutation({
    mutationFn: (body: { name: string; graph?: JsonObject | undefined; function?: string }) =>
      unwrap(api.POST("/api/v1/workflows/import-graph", { body: body as never })),
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
    mutationFn: ({ input, isTrial, isDry }: { input: JsonObject; isTrial: boolean; isDry: boolean }) =>
      unwrap(
        api.POST("/api/v1/workflows/{workflow_id}/runs", {
          params: { path: { workflow_id: workflowId }, header: { "Idempotency-Key": newKey() } },
          body: { input, playground: isTrial, dry_run: isDry } as never,
        }),
      ),
  });
}

export function useRunFrom(runId: string) {
  return useMutation({
    mutationFn: (body: RunFromRequest) =>
      unwrap(api.POST("/api/v1/runs/{run_id}/run-from", { params: { path: { run_id: runId } }, body: body as never })),
  });
}

const RUNS_LOOKED_AT = 20;
const STEPS = 200;

/** Finds what a node gave last: in the newest runs of the workflow, of its steps that were completed. */
export function useLastOutput(workflowId: string) {
  return useMutation({
    mutationFn: async (path: string): Promise<{ output: Json } | null> => {
      const query = { type: "workflow" as const, limit: 200 };
      const runs = await unwrap(api.GET("/api/v1/runs", { params: { query } }));
      const own = runs.items.filter((run) => run.workflow_id === workflowId && !run.dry_run).slice(0, RUNS_LOOKED_AT);
      for (const run of own) {
        const params = { path: { run_id: run.id }, query: { limit: STEPS } };
        const steps = await unwrap(api.GET("/api/v1/runs/{run_id}/steps", { params }));
        const found = (steps.items as Step[]).findLast((step) => step.node_id === path && step.status === "completed");
        if (found) return { output: resultOf(found) };
      }
      return null;
    },
  });
}

/** The result of a node by its step: that of a model is its text. */
function resultOf(step: Step): Json {
  const output = step.output as Json;
  const isAnswer = step.step_type === "llm_call" && step.source === "executed";
  return isAnswer && typeof output === "object" && output !== null && "text" in output ? (output.text as Json) : output;
}
