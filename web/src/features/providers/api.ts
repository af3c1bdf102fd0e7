import { infiniteQueryOptions, queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";
import type { ProviderKind } from "@/api/types";

const PAGE = 100;

export const providerList = infiniteQueryOptions({
  queryKey: ["providers", "list"],
  queryFn: ({ pageParam, signal }) => {
    const query = { limit: PAGE, ...(pageParam === null ? {} : { cursor: pageParam }) };
    return unwrap(api.GET("/api/v1/model-providers", { params: { query }, signal }));
  },
  initialPageParam: null as string | null,
  getNextPageParam: (page) => page.next_cursor ?? null,
});

export const modelList = queryOptions({
  queryKey: ["providers", "models"],
  queryFn: ({ signal }) => unwrap(api.GET("/api/v1/models", { signal })),
});

export interface ProviderForm {
  name?: string;
  kind?: ProviderKind;
  base_url?: string | null;
  api_key?: string | null;
  models?: string[];
  default_model?: string | null;
  is_default?: boolean;
}

export function useSaveProvider(providerId: string | null) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: ProviderForm) =>
      providerId === null
        ? unwrap(api.POST("/api/v1/model-providers", { body: { ...body } }))
        : unwrap(
            api.PATCH("/api/v1/model-providers/{provider_id}", {
              params: { path: { provider_id: providerId } },
              body: { ...body },
            }),
          ),
    onSuccess: () => client.invalidateQueries({ queryKey: ["providers"] }),
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
    onSuccess: () => client.invalidateQueries({ queryKey: ["providers", "models"] }),
  });
}
