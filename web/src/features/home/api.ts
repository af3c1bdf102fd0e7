/** What the first page asks: the newest runs of some states, open approvals, firing alerts, figures. Kept fresh by the organization's stream. */
import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";
import type { Run } from "@/api/types";
import type { HomeRange } from "./ranges";

const MOST_ALERTS = 5;
const REFETCH_MS = 30_000;

export function newestRuns(status: Run["status"] | null, limit: number) {
  return queryOptions({
    queryKey: ["home", "runs", status, limit],
    queryFn: ({ signal }) => {
      const query = { limit, ...(status === null ? {} : { status }) };
      return unwrap(api.GET("/api/v1/runs", { params: { query }, signal }));
    },
    meta: { live: ["run"] },
  });
}

export function openApprovals(limit: number) {
  return queryOptions({
    queryKey: ["home", "approvals", limit],
    queryFn: ({ signal }) =>
      unwrap(api.GET("/api/v1/approvals", { params: { query: { status: "pending", limit } }, signal })),
    meta: { live: ["approval"] },
  });
}

export const gettingStarted = queryOptions({
  queryKey: ["home", "getting-started"],
  queryFn: ({ signal }) => unwrap(api.GET("/api/v1/getting-started", { signal })),
  meta: { live: ["run", "agent"] },
  staleTime: 0,
});

export const firingAlerts = queryOptions({
  queryKey: ["home", "alerts"],
  queryFn: ({ signal }) =>
    unwrap(api.GET("/api/v1/alerts", { params: { query: { firing: true, limit: MOST_ALERTS } }, signal })),
  meta: { live: ["alert"] },
});

/** Counts follow news at once; roll-ups follow the end of a run within 15 s, so they are read again from time to time. */
export function dashboardQuery(range: HomeRange) {
  return queryOptions({
    queryKey: ["home", "dashboard", range],
    queryFn: ({ signal }) => unwrap(api.GET("/api/v1/dashboard", { params: { query: { range } }, signal })),
    placeholderData: keepPreviousData,
    refetchInterval: REFETCH_MS,
    meta: { live: ["run", "agent", "approval", "alert", "deployment", "workflow"] },
  });
}
