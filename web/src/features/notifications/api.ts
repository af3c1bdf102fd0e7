/** What the inbox asks of the API. */
import { infiniteQueryOptions, queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";
import type { Notification, NotificationPreference, SetPreference } from "@/api/types";
import { defined } from "@/lib/defined";

const PAGE = 50;
const KEY = "notifications";

export interface NotificationFilter {
  unread?: boolean | undefined;
  snoozed?: boolean | undefined;
  type?: NotificationPreference["type"] | undefined;
  priority?: Notification["priority"] | undefined;
}

export type NotificationChange = { id: string } & ({ read: boolean } | { snoozed_until: string | null });

export function notificationList(filter: NotificationFilter) {
  return infiniteQueryOptions({
    queryKey: [KEY, "list", filter],
    queryFn: ({ pageParam, signal }) => {
      const query = { limit: PAGE, ...defined(filter), ...(pageParam === null ? {} : { cursor: pageParam }) };
      return unwrap(api.GET("/api/v1/notifications", { params: { query }, signal }));
    },
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
    meta: { live: ["notification", "agent"] },
  });
}

export const preferences = queryOptions({
  queryKey: [KEY, "preferences"],
  queryFn: ({ signal }) => unwrap(api.GET("/api/v1/notifications/preferences", { signal })),
});

/** Marks a notification as read or unread, or snoozes it. */
export function useChange() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ id, ...body }: NotificationChange) =>
      unwrap(api.PATCH("/api/v1/notifications/{notification_id}", { params: { path: { notification_id: id } }, body })),
    onSettled: () => client.invalidateQueries({ queryKey: [KEY] }),
  });
}

export function useMarkAll() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => unwrap(api.POST("/api/v1/notifications/read")),
    onSettled: () => client.invalidateQueries({ queryKey: [KEY] }),
  });
}

export function useSetPreference() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: SetPreference) => unwrap(api.PUT("/api/v1/notifications/preferences", { body })),
    onSettled: () => client.invalidateQueries({ queryKey: [KEY, "preferences"] }),
  });
}

export type UnsubscribeKind = "alerts" | "notifications";

/** What a link of an e-mail message ends. */
export function unsubscription(kind: UnsubscribeKind, token: string) {
  return queryOptions({
    queryKey: ["unsubscribe", kind, token],
    queryFn: ({ signal }) =>
      unwrap(api.GET(`/api/v1/unsubscribe/${kind}/preview`, { params: { query: { token } }, signal })),
    retry: false,
  });
}

export function useUnsubscribe(kind: UnsubscribeKind, token: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => unwrap(api.POST(`/api/v1/unsubscribe/${kind}`, { params: { query: { token } } })),
    onSettled: () => client.invalidateQueries({ queryKey: ["unsubscribe", kind, token] }),
  });
}
