/** Connections by OAuth: shown on tools, asked for by runs, and connected on a page of their own. */
import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";
import type { components } from "@/api/schema";

export type Connection = components["schemas"]["Connection"];

export const connectionKeys = { all: ["connections"] as const };

export function connectionQuery(connectionId: string) {
  return queryOptions({
    queryKey: [...connectionKeys.all, connectionId],
    queryFn: ({ signal }) =>
      unwrap(api.GET("/api/v1/connections/{connection_id}", { params: { path: { connection_id: connectionId } }, signal })),
  });
}

/** Leaves the console for the page on which the person consents; they come back to where they are now. */
export function useConnect(connectionId: string) {
  return useMutation({
    mutationFn: (returnTo: string) =>
      unwrap(
        api.POST("/api/v1/connections/{connection_id}/authorize", {
          params: { path: { connection_id: connectionId } },
          body: { return_to: returnTo },
        }),
      ),
    onSuccess: ({ authorize_url }) => window.location.assign(authorize_url),
  });
}

export function useDisconnect(connectionId: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () =>
      unwrap(api.DELETE("/api/v1/connections/{connection_id}/grant", { params: { path: { connection_id: connectionId } } })),
    onSettled: () => client.invalidateQueries({ queryKey: connectionKeys.all }),
  });
}
