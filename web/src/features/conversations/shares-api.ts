/** What links to conversations ask of the API. */
import { infiniteQueryOptions, queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";
import type { CreateConversationShare } from "@/api/types";

const sharesKey = (id: string) => ["conversations", "shares", id] as const;

export function conversationShares(id: string) {
  return infiniteQueryOptions({
    queryKey: sharesKey(id),
    queryFn: ({ signal }) =>
      unwrap(
        api.GET("/api/v1/conversations/{conversation_id}/shares", {
          params: { path: { conversation_id: id }, query: { limit: 50 } },
          signal,
        }),
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
  });
}

export function useCreateShare(id: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: CreateConversationShare) =>
      unwrap(
        api.POST("/api/v1/conversations/{conversation_id}/shares", { params: { path: { conversation_id: id } }, body }),
      ),
    onSettled: () => client.invalidateQueries({ queryKey: sharesKey(id) }),
  });
}

export function useRevokeShare(id: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (shareId: string) =>
      unwrap(
        api.DELETE("/api/v1/conversations/{conversation_id}/shares/{share_id}", {
          params: { path: { conversation_id: id, share_id: shareId } },
        }),
      ),
    onSettled: () => client.invalidateQueries({ queryKey: sharesKey(id) }),
  });
}

/** What a link shows. Its token is a header: it is in no log. `organization` is that of a link for members. */
export function sharedConversation(token: string, organization: string | undefined) {
  return queryOptions({
    queryKey: ["shared-conversation", token, organization],
    queryFn: ({ signal }) =>
      unwrap(
        api.GET("/api/v1/shared-conversations", {
          params: { header: { "X-Retinue-Share-Token": token } },
          ...(organization === undefined ? {} : { headers: { "X-Retinue-Organization": organization } }),
          signal,
        }),
      ),
    retry: false,
  });
}
