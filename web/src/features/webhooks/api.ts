/** What the webhooks feature asks of the API. */
import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";
import type { NewWebhook } from "@/api/types";

const KEY = "webhooks";

export const webhookList = queryOptions({
  queryKey: [KEY, "list"],
  queryFn: ({ signal }) => unwrap(api.GET("/api/v1/webhooks", { signal })),
  meta: { live: ["run"] },
});

export function deliveryList(webhookId: string) {
  const params = { path: { webhook_id: webhookId }, query: { limit: 20 } };
  return queryOptions({
    queryKey: [KEY, "deliveries", webhookId],
    queryFn: ({ signal }) => unwrap(api.GET("/api/v1/webhooks/{webhook_id}/deliveries", { params, signal })),
    meta: { live: ["run"] },
  });
}

function useRefresh() {
  const client = useQueryClient();
  return () => client.invalidateQueries({ queryKey: [KEY] });
}

export function useCreateWebhook() {
  const refresh = useRefresh();
  return useMutation({
    mutationFn: (body: NewWebhook) => unwrap(api.POST("/api/v1/webhooks", { body })),
    onSuccess: refresh,
  });
}

export function useEnableWebhook(webhookId: string) {
  const refresh = useRefresh();
  const params = { path: { webhook_id: webhookId } };
  return useMutation({
    mutationFn: (enabled: boolean) => unwrap(api.PATCH("/api/v1/webhooks/{webhook_id}", { params, body: { enabled } })),
    onSettled: refresh,
  });
}

export function useDeleteWebhook(webhookId: string) {
  const client = useQueryClient();
  const params = { path: { webhook_id: webhookId } };
  return useMutation({
    mutationFn: () => unwrap(api.DELETE("/api/v1/webhooks/{webhook_id}", { params })),
    // Its deliveries, which may be open, cannot be read again: it leaves the list before news of runs refreshes them.
    onSuccess: () => {
      client.setQueryData(
        webhookList.queryKey,
        (page) => page && { ...page, items: page.items.filter(({ id }) => id !== webhookId) },
      );
      return client.invalidateQueries({ queryKey: webhookList.queryKey });
    },
  });
}

export function useTestWebhook(webhookId: string) {
  const params = { path: { webhook_id: webhookId } };
  return useMutation({
    mutationFn: () => unwrap(api.POST("/api/v1/webhooks/{webhook_id}/test", { params })),
  });
}

export function useRedeliverWebhook() {
  const refresh = useRefresh();
  return useMutation({
    mutationFn: (deliveryId: string) => {
      const params = { path: { webhook_delivery_id: deliveryId } };
      return unwrap(api.POST("/api/v1/webhook-deliveries/{webhook_delivery_id}/redeliver", { params }));
    },
    onSettled: refresh,
  });
}
