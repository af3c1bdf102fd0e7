/** What the metrics feature asks of the API. */
import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";
import type { MetricAggregation } from "@/api/types";
import { type Range, windowOf } from "@/lib/range";

const KEY = "metrics";
const MANY = 200;
/** Roll-ups follow points within 15 s; a chart that is looked at follows them. */
const REFETCH_MS = 30_000;

export const metricTypes = queryOptions({
  queryKey: [KEY, "types"],
  queryFn: async ({ signal }) => (await unwrap(api.GET("/api/v1/metrics/types", { signal }))).items,
});

export interface MetricAsked {
  metric: string;
  aggregation: MetricAggregation | undefined;
  agents: readonly string[];
  isByAgent: boolean;
  range: Range;
}

export function metricQuery(asked: MetricAsked) {
  return queryOptions({
    queryKey: [KEY, "query", asked],
    queryFn: ({ signal }) => {
      const query = {
        metric_type: asked.metric,
        ...windowOf(asked.range, Date.now()),
        ...(asked.aggregation ? { aggregation: asked.aggregation } : {}),
        ...(asked.agents.length > 0 ? { agent_id: [...asked.agents] } : {}),
        group_by: asked.isByAgent ? ("agent" as const) : ("none" as const),
      };
      return unwrap(api.GET("/api/v1/metrics/query", { params: { query }, signal }));
    },
    placeholderData: keepPreviousData,
    refetchInterval: REFETCH_MS,
  });
}

/** The agents that can be chosen. */
export const metricAgents = queryOptions({
  queryKey: [KEY, "agents"],
  queryFn: async ({ signal }) =>
    (await unwrap(api.GET("/api/v1/agents", { params: { query: { limit: MANY } }, signal }))).items,
  meta: { live: ["agent"] },
});
