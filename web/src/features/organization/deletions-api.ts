/** What the deletion of organizations asks of the API. */
import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";
import type { Deletion } from "@/api/types";

const MOST = 50;
const UNDER_WAY_MS = 2000;
const SCHEDULED_MS = 60_000;
const KEY = ["organization-deletions"] as const;

/** The deletions that the reader asked for or can cancel, newest first; read again while one goes on. */
export const deletionsQuery = queryOptions({
  queryKey: KEY,
  queryFn: async ({ signal }): Promise<Deletion[]> =>
    (await unwrap(api.GET("/api/v1/organization-deletions", { params: { query: { limit: MOST } }, signal }))).items,
  refetchInterval: ({ state }) => refetchAfter(state.data ?? [], Date.now()),
});

/** Milliseconds until a deletion is likely to have moved on, or false when none can. */
function refetchAfter(deletions: readonly Deletion[], now: number): number | false {
  const open = deletions.filter(({ phase }) => phase !== "finished" && phase !== "cancelled");
  if (open.length === 0) return false;
  const isWaiting = open.every(({ phase, erase_after }) => phase === "scheduled" && Date.parse(erase_after) > now);
  if (!isWaiting) return UNDER_WAY_MS;
  const next = Math.min(...open.map(({ erase_after }) => Date.parse(erase_after)));
  return Math.min(SCHEDULED_MS, Math.max(UNDER_WAY_MS, next - now));
}

/** Delete the reader's organization; `confirm` is its slug. */
export function useDeleteOrganization() {
  return useMutation({
    mutationFn: (confirm: string) => unwrap(api.DELETE("/api/v1/organizations/current", { params: { query: { confirm } } })),
  });
}

export function useCancelDeletion() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (deletionId: string) =>
      unwrap(
        api.POST("/api/v1/organization-deletions/{deletion_id}/cancel", { params: { path: { deletion_id: deletionId } } }),
      ),
    onSettled: () => client.invalidateQueries({ queryKey: KEY }),
  });
}

export function useStartDeletion() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (deletionId: string) =>
      unwrap(
        api.POST("/api/v1/organization-deletions/{deletion_id}/start", { params: { path: { deletion_id: deletionId } } }),
      ),
    onSettled: () => client.invalidateQueries({ queryKey: KEY }),
  });
}
