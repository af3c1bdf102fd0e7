/** What the alerts feature asks of the API. */
import { infiniteQueryOptions, queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";
import type {
  AlertSeverity,
  BacktestRequest,
  NewAlertChannel,
  NewAlertConfig,
  NewAlertSilence,
  NewMaintenanceWindow,
} from "@/api/types";
import { defined } from "@/lib/defined";
import { type Range, windowOf } from "@/lib/range";

const PAGE = 50;
const MANY = 200;
const KEY = "alerts";
const LIVE = { live: ["alert", "agent"] };

export interface AlertFilter {
  severity?: AlertSeverity | undefined;
  agent_id?: string | undefined;
  range?: Range | undefined;
}

export function alertList(isFiring: boolean, { range, ...filter }: AlertFilter) {
  return infiniteQueryOptions({
    queryKey: [KEY, "list", isFiring, filter, range],
    queryFn: ({ pageParam, signal }) => {
      const since = range ? { triggered_after: windowOf(range, Date.now()).start } : {};
      const query = {
        limit: PAGE,
        firing: isFiring,
        ...defined(filter),
        ...since,
        ...(pageParam === null ? {} : { cursor: pageParam }),
      };
      return unwrap(api.GET("/api/v1/alerts", { params: { query }, signal }));
    },
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
    meta: LIVE,
  });
}

export function alertQuery(alertId: string) {
  const path = { alert_id: alertId };
  return queryOptions({
    queryKey: [KEY, "one", alertId],
    queryFn: ({ signal }) => unwrap(api.GET("/api/v1/alerts/{alert_id}", { params: { path }, signal })),
    meta: LIVE,
  });
}

export interface RuleFilter {
  q?: string | undefined;
  enabled?: boolean | undefined;
}

export function rulesOf(filter: RuleFilter) {
  return infiniteQueryOptions({
    queryKey: [KEY, "rules", filter],
    queryFn: ({ pageParam, signal }) => {
      const query = { limit: PAGE, ...defined(filter), ...(pageParam === null ? {} : { cursor: pageParam }) };
      return unwrap(api.GET("/api/v1/alert-configs", { params: { query }, signal }));
    },
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
    meta: LIVE,
  });
}

export const ruleList = rulesOf({});

export const channelList = queryOptions({
  queryKey: [KEY, "channels"],
  queryFn: ({ signal }) => unwrap(api.GET("/api/v1/alert-channels", { signal })),
  meta: LIVE,
});

export const silenceList = infiniteQueryOptions({
  queryKey: [KEY, "silences"],
  queryFn: ({ pageParam, signal }) => {
    const query = { limit: PAGE, ...(pageParam === null ? {} : { cursor: pageParam }) };
    return unwrap(api.GET("/api/v1/alert-silences", { params: { query }, signal }));
  },
  initialPageParam: null as string | null,
  getNextPageParam: (page) => page.next_cursor,
  meta: LIVE,
});

/** What a rule may be about. */
export const ruleAgents = queryOptions({
  queryKey: [KEY, "agents"],
  queryFn: ({ signal }) => unwrap(api.GET("/api/v1/agents", { params: { query: { limit: MANY } }, signal })),
});

export function backtest(body: BacktestRequest | null) {
  return queryOptions({
    queryKey: [KEY, "backtest", body],
    queryFn: ({ signal }) => unwrap(api.POST("/api/v1/alert-configs/preview", { body: body as BacktestRequest, signal })),
    enabled: body !== null,
    retry: false,
  });
}

function useRefresh() {
  const client = useQueryClient();
  return () => client.invalidateQueries({ queryKey: [KEY] });
}

export function useAlertAction(alertId: string, action: "acknowledge" | "resolve") {
  const refresh = useRefresh();
  const params = { path: { alert_id: alertId } };
  return useMutation({
    mutationFn: () =>
      action === "acknowledge"
        ? unwrap(api.POST("/api/v1/alerts/{alert_id}/acknowledge", { params }))
        : unwrap(api.POST("/api/v1/alerts/{alert_id}/resolve", { params })),
    onSettled: refresh,
  });
}

export function useRedeliver() {
  const refresh = useRefresh();
  return useMutation({
    mutationFn: (deliveryId: string) =>
      unwrap(
        api.POST("/api/v1/alert-deliveries/{delivery_id}/redeliver", { params: { path: { delivery_id: deliveryId } } }),
      ),
    onSettled: refresh,
  });
}

/** Saves a new rule, or the one of the id. */
export function useSaveRule(configId: string | null) {
  const refresh = useRefresh();
  return useMutation({
    mutationFn: (body: NewAlertConfig) =>
      configId === null
        ? unwrap(api.POST("/api/v1/alert-configs", { body }))
        : unwrap(api.PATCH("/api/v1/alert-configs/{config_id}", { params: { path: { config_id: configId } }, body })),
    onSuccess: refresh,
  });
}

export function useEnableRule() {
  const refresh = useRefresh();
  return useMutation({
    mutationFn: ({ id, enabled }: { id: string; enabled: boolean }) =>
      unwrap(api.PATCH("/api/v1/alert-configs/{config_id}", { params: { path: { config_id: id } }, body: { enabled } })),
    onSettled: refresh,
  });
}

export function useDeleteRule() {
  const refresh = useRefresh();
  return useMutation({
    mutationFn: (configId: string) =>
      unwrap(api.DELETE("/api/v1/alert-configs/{config_id}", { params: { path: { config_id: configId } } })),
    onSuccess: refresh,
  });
}

export function useStarterPack() {
  const refresh = useRefresh();
  return useMutation({
    mutationFn: () => unwrap(api.POST("/api/v1/alert-configs/starter-pack")),
    onSuccess: refresh,
  });
}

export function useCreateSilence() {
  const refresh = useRefresh();
  return useMutation({
    mutationFn: (body: NewAlertSilence) => unwrap(api.POST("/api/v1/alert-silences", { body })),
    onSuccess: refresh,
  });
}

export function useEndSilence() {
  const refresh = useRefresh();
  return useMutation({
    mutationFn: (silenceId: string) =>
      unwrap(api.POST("/api/v1/alert-silences/{silence_id}/end", { params: { path: { silence_id: silenceId } } })),
    onSettled: refresh,
  });
}

export const standingQuery = queryOptions({
  queryKey: [KEY, "standing"],
  queryFn: ({ signal }) => unwrap(api.GET("/api/v1/alert-status", { signal })),
  refetchInterval: 60_000,
  meta: LIVE,
});

export const windowList = queryOptions({
  queryKey: [KEY, "windows"],
  queryFn: ({ signal }) => unwrap(api.GET("/api/v1/alert-maintenance", { signal })),
  meta: LIVE,
});

export function useCreateWindow() {
  const refresh = useRefresh();
  return useMutation({
    mutationFn: (body: NewMaintenanceWindow) => unwrap(api.POST("/api/v1/alert-maintenance", { body })),
    onSuccess: refresh,
  });
}

export function useEnableWindow() {
  const refresh = useRefresh();
  return useMutation({
    mutationFn: ({ id, enabled }: { id: string; enabled: boolean }) =>
      unwrap(api.PATCH("/api/v1/alert-maintenance/{window_id}", { params: { path: { window_id: id } }, body: { enabled } })),
    onSettled: refresh,
  });
}

export function useDeleteWindow() {
  const refresh = useRefresh();
  return useMutation({
    mutationFn: (windowId: string) =>
      unwrap(api.DELETE("/api/v1/alert-maintenance/{window_id}", { params: { path: { window_id: windowId } } })),
    onSuccess: refresh,
  });
}

export function useCreateChannel() {
  const refresh = useRefresh();
  return useMutation({
    mutationFn: (body: NewAlertChannel) => unwrap(api.POST("/api/v1/alert-channels", { body })),
    onSuccess: refresh,
  });
}

export function useEnableChannel() {
  const refresh = useRefresh();
  return useMutation({
    mutationFn: ({ id, enabled }: { id: string; enabled: boolean }) =>
      unwrap(api.PATCH("/api/v1/alert-channels/{channel_id}", { params: { path: { channel_id: id } }, body: { enabled } })),
    onSettled: refresh,
  });
}

export function useDeleteChannel() {
  const refresh = useRefresh();
  return useMutation({
    mutationFn: (channelId: string) =>
      unwrap(api.DELETE("/api/v1/alert-channels/{channel_id}", { params: { path: { channel_id: channelId } } })),
    onSuccess: refresh,
  });
}

export function useTestChannel() {
  return useMutation({
    mutationFn: (channelId: string) =>
      unwrap(api.POST("/api/v1/alert-channels/{channel_id}/test", { params: { path: { channel_id: channelId } } })),
  });
}

export function useVerifyChannel(channelId: string) {
  const refresh = useRefresh();
  const params = { path: { channel_id: channelId } };
  return useMutation({
    mutationFn: (code: string) => unwrap(api.POST("/api/v1/alert-channels/{channel_id}/verify", { params, body: { code } })),
    onSuccess: refresh,
  });
}

export function useSendCode(channelId: string) {
  const params = { path: { channel_id: channelId } };
  return useMutation({
    mutationFn: () => unwrap(api.POST("/api/v1/alert-channels/{channel_id}/code", { params })),
  });
}
