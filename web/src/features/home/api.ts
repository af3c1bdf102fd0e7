/** What the first page asks: the newest runs of some states, open approvals, agents. Kept fresh by the organization's stream. */
import { queryOptions } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";
import type { Run } from "@/api/types";

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

export function someAgents(limit: number) {
  return queryOptions({
    queryKey: ["home", "agents", limit],
    queryFn: ({ signal }) => unwrap(api.GET("/api/v1/agents", { params: { query: { limit } }, signal })),
    meta: { live: ["agent"] },
  });
}
