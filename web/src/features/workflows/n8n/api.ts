/** What a workflow's page asks of n8n. */
import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";

const LINK = "/api/v1/n8n/links/{linked_workflow_id}";

export function linkQuery(workflowId: string) {
  return queryOptions({
    queryKey: ["n8n", "link", workflowId],
    queryFn: ({ signal }) => unwrap(api.GET(LINK, { params: { path: { linked_workflow_id: workflowId } }, signal })),
  });
}

/** The workflows of n8n to choose from. */
export const choicesQuery = queryOptions({
  queryKey: ["n8n", "choices"],
  queryFn: async ({ signal }) =>
    (await unwrap(api.GET("/api/v1/n8n/workflows", { params: { query: { limit: 200 } }, signal }))).items,
  retry: false,
});

function useChanged() {
  const client = useQueryClient();
  return () =>
    Promise.all([client.invalidateQueries({ queryKey: ["n8n"] }), client.invalidateQueries({ queryKey: ["workflows"] })]);
}

export function useLinkWorkflow(workflowId: string) {
  return useMutation({
    mutationFn: (id: string) =>
      unwrap(api.POST("/api/v1/n8n/links", { body: { n8n_workflow_id: id, workflow_id: workflowId, imports_runs: true } })),
    onSuccess: useChanged(),
  });
}

export function useRefreshLink(workflowId: string) {
  return useMutation({
    mutationFn: () => unwrap(api.POST(`${LINK}/refresh`, { params: { path: { linked_workflow_id: workflowId } } })),
    onSuccess: useChanged(),
  });
}

export function useSetImports(workflowId: string) {
  return useMutation({
    mutationFn: (importsRuns: boolean) => {
      const params = { path: { linked_workflow_id: workflowId } };
      return unwrap(api.PATCH(LINK, { params, body: { imports_runs: importsRuns } }));
    },
    onSuccess: useChanged(),
  });
}

export function useUnlink(workflowId: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => unwrap(api.DELETE(LINK, { params: { path: { linked_workflow_id: workflowId } } })),
    // The workflow first: its page then asks for the link no more, which there is not.
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ["workflows"] });
      client.removeQueries({ queryKey: linkQuery(workflowId).queryKey });
      await client.invalidateQueries({ queryKey: ["n8n"] });
    },
  });
}
