import { createFileRoute, useNavigate } from "@tanstack/react-router";
import type { MetricAggregation } from "@/api/types";
import { type MetricSearch, MetricsPage } from "@/features/metrics/metrics-page";
import { defined } from "@/lib/defined";
import { isRange } from "@/lib/range";
import { text } from "@/lib/search";
import { useUnderstood } from "../../understood";

const AGGREGATIONS: readonly unknown[] = ["avg", "sum", "min", "max", "count", "p50", "p95", "p99"];

export const Route = createFileRoute("/_app/agent-metrics")({
  staticData: { crumb: "Metrics" },
  validateSearch: (search: Record<string, unknown>): MetricSearch =>
    defined({
      metric: text(search.metric),
      aggregation: AGGREGATIONS.includes(search.aggregation) ? (search.aggregation as MetricAggregation) : undefined,
      agents: Array.isArray(search.agents) ? search.agents.filter((each) => typeof each === "string") : undefined,
      each: search.each === true ? true : undefined,
      range: isRange(search.range) ? search.range : undefined,
    }),
  component: Metrics,
});

function Metrics() {
  const search = useUnderstood(Route);
  const navigate = useNavigate();
  return (
    <MetricsPage
      search={search}
      onSearch={(change) => void navigate({ to: "/agent-metrics", search: defined(change), replace: true })}
      onRuns={(window) => void navigate({ to: "/runs", search: defined(window) })}
    />
  );
}
