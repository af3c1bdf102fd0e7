import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";
import type { SetWebSearch } from "@/api/types";

export const webSearchQuery = queryOptions({
  queryKey: ["web-search"],
  queryFn: ({ signal }) => unwrap(api.GET("/api/v1/web-search", { signal })),
});

export function useSetWebSearch() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: SetWebSearch) => unwrap(api.PUT("/api/v1/web-search", { body })),
    onSuccess: (settings) => client.setQueryData(webSearchQuery.queryKey, settings),
  });
}

export function useRemoveWebSearch() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => unwrap(api.DELETE("/api/v1/web-search")),
    onSuccess: () => client.invalidateQueries({ queryKey: webSearchQuery.queryKey }),
  });
}

export function useTestWebSearch() {
  return useMutation({ mutationFn: () => unwrap(api.POST("/api/v1/web-search/test")) });
}
