/** What the runs package asks of the API: its queries, its mutations, its keys. */
import { infiniteQueryOptions, type QueryClient, queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";
import type { Artifact, FeedbackValue, ForkRequest, Page, Run, RunFeedback, StepRequest } from "@/api/types";
import { defined } from "@/lib/defined";
import type { RunFilter } from "./list/run-feed";
import { EMPTY, merge, mergeRun, type RunState } from "./live/fold";

const PAGE = 200;
/** A run with more rows than this in one list is shown from its beginning, and reports it. */
const MOST_PAGES = 50;
const RUNS_A_PAGE = 50;

export const runKeys = {
  all: ["runs"] as const,
  lists: ["runs", "list"] as const,
  list: (filter: RunFilter) => [...runKeys.lists, filter] as const,
  view: (runId: string) => ["runs", "view", runId] as const,
  calls: (runId: string) => ["runs", "calls", runId] as const,
  logs: (runId: string) => ["runs", "logs", runId] as const,
  feedback: (runId: string) => ["runs", "feedback", runId] as const,
  overview: (runId: string) => ["runs", "overview", runId] as const,
};

export function runList(filter: RunFilter) {
  return infiniteQueryOptions({
    queryKey: runKeys.list(filter),
    queryFn: ({ pageParam, signal }) => readRuns(filter, pageParam, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
    // Rows change by the organization's stream; a refetch would move them under the reader's eyes.
    staleTime: Number.POSITIVE_INFINITY,
    refetchOnWindowFocus: false,
  });
}

export function readRuns(
  filter: RunFilter,
  cursor: string | null = null,
  signal?: AbortSignal,
  limit = RUNS_A_PAGE,
): Promise<Page<Run>> {
  const query = { limit, ...defined(filter), ...(cursor === null ? {} : { cursor }) };
  return unwrap(api.GET("/api/v1/runs", { params: { query }, ...(signal ? { signal } : {}) }));
}

/** The whole picture of a run from the lists. What events have told in the meantime is kept. */
export function runView(runId: string, client: QueryClient) {
  return queryOptions({
    queryKey: runKeys.view(runId),
    queryFn: async ({ signal }): Promise<RunState> => {
      const run = await readRun(runId, signal);
      const [steps, thoughts, artifacts, approvals] = await Promise.all([
        pagesOf("/api/v1/runs/{run_id}/steps", runId, signal),
        pagesOf("/api/v1/runs/{run_id}/thoughts", runId, signal),
        pagesOf("/api/v1/runs/{run_id}/artifacts", runId, signal),
        pagesOf("/api/v1/runs/{run_id}/approvals", runId, signal),
      ]);
      const before = client.getQueryData<RunState>(runKeys.view(runId)) ?? EMPTY;
      return merge(mergeRun(before, run), { steps, thoughts, artifacts, approvals });
    },
    refetchOnWindowFocus: false,
  });
}

export function readRun(runId: string, signal?: AbortSignal): Promise<Run> {
  return unwrap(api.GET("/api/v1/runs/{run_id}", { params: { path: { run_id: runId } }, ...(signal ? { signal } : {}) }));
}

type RunList =
  | "/api/v1/runs/{run_id}/steps"
  | "/api/v1/runs/{run_id}/thoughts"
  | "/api/v1/runs/{run_id}/artifacts"
  | "/api/v1/runs/{run_id}/approvals"
  | "/api/v1/runs/{run_id}/tool-calls";
type ItemOf<P extends RunList> = P extends `${string}/steps`
  ? RunState["steps"][number]
  : P extends `${string}/thoughts`
    ? RunState["thoughts"][number]
    : P extends `${string}/artifacts`
      ? Artifact
      : P extends `${string}/approvals`
        ? RunState["approvals"][number]
        : import("@/api/types").ToolCall;

/** All rows of one of a run's lists. */
export async function pagesOf<P extends RunList>(path: P, runId: string, signal?: AbortSignal): Promise<ItemOf<P>[]> {
  const rows: ItemOf<P>[] = [];
  let cursor: string | null = null;
  for (let page = 0; page < MOST_PAGES; page++) {
    const params = { path: { run_id: runId }, query: { limit: PAGE, ...(cursor === null ? {} : { cursor }) } };
    // The paths share one shape; the client's types cannot express that for a union of them.
    const answer = api.GET(path as "/api/v1/runs/{run_id}/steps", { params, ...(signal ? { signal } : {}) });
    const { items, next_cursor } = (await unwrap(answer)) as unknown as Page<ItemOf<P>>;
    rows.push(...items);
    cursor = next_cursor;
    if (cursor === null) break;
  }
  return rows;
}

export function toolCalls(runId: string) {
  return queryOptions({
    queryKey: runKeys.calls(runId),
    queryFn: ({ signal }) => pagesOf("/api/v1/runs/{run_id}/tool-calls", runId, signal),
  });
}

/** Where a run comes from, the runs made from it, who did what to it, and what all of it cost. */
export function runOverview(runId: string) {
  return queryOptions({
    queryKey: runKeys.overview(runId),
    queryFn: ({ signal }) =>
      unwrap(api.GET("/api/v1/runs/{run_id}/overview", { params: { path: { run_id: runId } }, signal })),
  });
}

/** What a model step was sent; it never changes. */
export function stepRequest(runId: string, stepId: string) {
  return queryOptions({
    queryKey: ["runs", "request", runId, stepId],
    queryFn: ({ signal }): Promise<StepRequest> => {
      const params = { path: { run_id: runId, step_id: stepId } };
      return unwrap(api.GET("/api/v1/runs/{run_id}/steps/{step_id}/request", { params, signal }));
    },
    staleTime: Number.POSITIVE_INFINITY,
  });
}

/** The feedback of everyone on a run. */
export function runFeedback(runId: string) {
  return queryOptions({
    queryKey: [...runKeys.feedback(runId), "all"],
    queryFn: async ({ signal }): Promise<RunFeedback[]> => {
      const params = { path: { run_id: runId }, query: { limit: PAGE } };
      return (await unwrap(api.GET("/api/v1/runs/{run_id}/feedback", { params, signal }))).items;
    },
  });
}

export interface GivenFeedback {
  readonly value: FeedbackValue;
  readonly comment: string;
}

/** Give, change or, with null, delete the reader's feedback on a run. */
export function useGiveFeedback(runId: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async (given: GivenFeedback | null) => {
      const params = { path: { run_id: runId } };
      if (given === null) await unwrap(api.DELETE("/api/v1/runs/{run_id}/feedback", { params }));
      else await unwrap(api.PUT("/api/v1/runs/{run_id}/feedback", { params, body: given }));
    },
    onSettled: () =>
      Promise.all([
        client.invalidateQueries({ queryKey: runKeys.feedback(runId) }),
        client.invalidateQueries({ queryKey: runKeys.lists }),
      ]),
  });
}

export interface Labels {
  readonly tags: string[];
  readonly metadata: Record<string, string>;
}

export function useUpdateLabels(runId: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: Labels) => unwrap(api.PATCH("/api/v1/runs/{run_id}", { params: { path: { run_id: runId } }, body })),
    onSuccess: ({ tags, metadata }) => {
      client.setQueryData<RunState>(runKeys.view(runId), (state) =>
        state?.run ? { ...state, run: { ...state.run, tags, metadata } } : state,
      );
      return client.invalidateQueries({ queryKey: runKeys.lists });
    },
  });
}

export function runLogs(runId: string) {
  return infiniteQueryOptions({
    queryKey: runKeys.logs(runId),
    queryFn: ({ pageParam, signal }) => {
      const query = { limit: PAGE, ...(pageParam === null ? {} : { cursor: pageParam }) };
      return unwrap(api.GET("/api/v1/runs/{run_id}/logs", { params: { path: { run_id: runId }, query }, signal }));
    },
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
    refetchOnWindowFocus: false,
  });
}

export function instance() {
  return queryOptions({
    queryKey: ["instance"],
    queryFn: ({ signal }) => unwrap(api.GET("/api/v1/instance", { signal })),
    refetchInterval: 5000,
  });
}

export type BulkAction = "cancel" | "retry";

export function actOnRun(runId: string, action: BulkAction): Promise<Run> {
  return unwrap(api.POST(`/api/v1/runs/{run_id}/${action}`, { params: { path: { run_id: runId } } }));
}

/** Reads the lists of runs again, after many of them were changed. */
export function useRefreshRuns() {
  const client = useQueryClient();
  return () => client.invalidateQueries({ queryKey: runKeys.lists });
}

type RunAction = "cancel" | "retry" | "resume";

/** Stop, retry or resume a run; gives the run that it concerns, which for a retry is a new one. */
export function useRunAction(runId: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (action: RunAction): Promise<Run> => {
      const params = { path: { run_id: runId } };
      if (action === "cancel") return unwrap(api.POST("/api/v1/runs/{run_id}/cancel", { params }));
      return unwrap(api.POST(`/api/v1/runs/{run_id}/${action}`, { params }));
    },
    onSuccess: (run) => {
      client.setQueryData<RunState>(
        runKeys.view(run.id),
        (state) => state && (run.status === "pending" ? { ...state, run } : mergeRun(state, run)),
      );
      void client.invalidateQueries({ queryKey: runKeys.overview(runId) });
      return client.invalidateQueries({ queryKey: runKeys.lists });
    },
  });
}

export function useFork(runId: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: ForkRequest) =>
      unwrap(api.POST("/api/v1/runs/{run_id}/fork", { params: { path: { run_id: runId } }, body })),
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: runKeys.overview(runId) });
      return client.invalidateQueries({ queryKey: runKeys.lists });
    },
  });
}

/** The agents that a run can be started with, or a list narrowed to. */
const RECENT = 20;

/** The newest runs of an agent, those of the playground included. */
export function recentRuns(agentId: string) {
  return queryOptions({
    queryKey: ["runs", "recent", agentId],
    queryFn: ({ signal }) =>
      unwrap(api.GET("/api/v1/runs", { params: { query: { agent_id: agentId, limit: RECENT } }, signal })),
    meta: { live: ["run"] },
  });
}

export function agentNames() {
  return queryOptions({
    queryKey: ["runs", "agents"],
    queryFn: ({ signal }) => unwrap(api.GET("/api/v1/agents", { params: { query: { limit: PAGE } }, signal })),
    select: (page) => page.items.map(({ id, name, status }) => ({ id, name, isInactive: status === "inactive" })),
  });
}

/** Start a run. The same key again, after a second press or a lost reply, gives the same run. */
export function useStartRun() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ agentId, prompt, labels, key }: { agentId: string; prompt: string; labels: Labels; key: string }) =>
      unwrap(
        api.POST("/api/v1/runs", {
          params: { header: { "Idempotency-Key": key } },
          body: { type: "agent", target_id: agentId, input: { prompt }, ...labels },
        }),
      ),
    onSuccess: () => client.invalidateQueries({ queryKey: runKeys.lists }),
  });
}
