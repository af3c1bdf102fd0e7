import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";
import type { NewProvider, ProviderChange, ProviderValues } from "@/api/types";

export const providerList = queryOptions({
  queryKey: ["providers", "list"],
  queryFn: ({ signal }) => unwrap(api.GET("/api/v1/model-providers", { signal })),
});

export const modelList = queryOptions({
  queryKey: ["providers", "models"],
  queryFn: ({ signal }) => unwrap(api.GET("/api/v1/models", { signal })),
});

/** Keeps the lists of providers and of models true after one of them was made, changed or deleted. */
function useRefresh() {
  const client = useQueryClient();
  return () => client.invalidateQueries({ queryKey: ["providers"] });
}

export function useCreateProvider() {
  const refresh = useRefresh();
  return useMutation({
    mutationFn: (body: NewProvider) => unwrap(api.POST("/api/v1/model-providers", { body })),
    onSuccess: refresh,
  });
}

export function useUpdateProvider(providerId: string) {
  const refresh = useRefresh();
  return useMutation({
    mutationFn: (body: ProviderChange) =>
      unwrap(api.PATCH("/api/v1/model-providers/{provider_id}", { params: { path: { provider_id: providerId } }, body })),
    onSuccess: refresh,
  });
}

export function useDeleteProvider() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (providerId: string) =>
      unwrap(api.DELETE("/api/v1/model-providers/{provider_id}", { params: { path: { provider_id: providerId } } })),
    onSuccess: () => client.invalidateQueries({ queryKey: ["providers"] }),
  });
}

export function useTestProvider() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (providerId: string) =>
      unwrap(api.POST("/api/v1/model-providers/{provider_id}/test", { params: { path: { provider_id: providerId } } })),
    onSuccess: () => client.invalidateQueries({ queryKey: ["providers"] }),
  });
}

/** Tests values without saving them. */
export function useTestValues() {
  return useMutation({
    mutationFn: (body: ProviderValues) => unwrap(api.POST("/api/v1/model-providers/test", { body })),
  });
}
