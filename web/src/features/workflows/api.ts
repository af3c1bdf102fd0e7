/** What the workflows room asks of the API. */
import { infiniteQueryOptions, queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";
import type { JsonObject, Workflow, WorkflowChange, WorkflowStatus } from "@/api/types";
import { defined } from "@/lib/defined";
import { newKey } from "@/lib/new-key";

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

/** The findings in a definition, asked for again with every change of it. */
export function findingsQuery(definition: JsonObject) {
  return queryOptions({
    queryKey: ["workflows", "findings", definition],
    queryFn: ({ signal }) => unwrap(api.POST("/api/v1/workflows/validate", { body: { definition }, signal })),
    staleTime: Number.POSITIVE_INFINITY,
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
