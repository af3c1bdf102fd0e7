/** What complete erasure asks of the API. */
import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";
import type { Erasure, ErasureRequest } from "@/api/types";

const MOST = 50;
const UNDER_WAY_MS = 2000;
const KEY = ["erasures"] as const;

/** The erasures that the reader may see, newest first; read again while one goes on. */
export const erasuresQuery = queryOptions({
  queryKey: KEY,
  queryFn: async ({ signal }): Promise<Erasure[]> =>
    (await unwrap(api.GET("/api/v1/erasures", { params: { query: { limit: MOST } }, signal }))).items,
  refetchInterval: ({ state }) => ((state.data ?? []).some(({ phase }) => phase !== "finished") ? UNDER_WAY_MS : false),
});

export const certificateQuery = (erasureId: string) =>
  queryOptions({
    queryKey: [...KEY, erasureId, "certificate"],
    queryFn: ({ signal }) =>
      unwrap(api.GET("/api/v1/erasures/{erasure_id}/certificate", { params: { path: { erasure_id: erasureId } }, signal })),
    staleTime: Number.POSITIVE_INFINITY,
  });

export function useRequestErasure() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: ErasureRequest) => unwrap(api.POST("/api/v1/erasures", { body })),
    onSettled: () => client.invalidateQueries({ queryKey: KEY }),
  });
}
