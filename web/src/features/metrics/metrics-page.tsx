import { useQuery } from "@tanstack/react-query";
import { Bot, ChartLine, ChevronDown } from "lucide-react";
import type { Metric, MetricAggregation, MetricResult } from "@/api/types";
import { SavedViews } from "@/components/saved-views";
import { Button } from "@/components/ui/button";
import { Card, Section } from "@/components/ui/card";
import { EmptyState } from "@/components/ui/empty-state";
import { Menu, MenuItem, MenuSeparator } from "@/components/ui/menu";
import { Page } from "@/components/ui/page";
import { Loaded } from "@/components/ui/page-states";
import { Pill } from "@/components/ui/pill";
import { Select } from "@/components/ui/select";
import { plural } from "@/lib/format";
import { RANGE_OPTIONS, type Range } from "@/lib/range";
import { metricAgents, metricQuery, metricTypes } from "./api";
import { BucketTable } from "./bucket-table";
import { type Line, LineChart } from "./line-chart";
import { bucketsOf, valuesIn, valueText, widthOf } from "./scale";

export interface MetricSearch {
  metric?: string | undefined;
  aggregation?: MetricAggregation | undefined;
  agents?: string[] | undefined;
  each?: boolean | undefined;
  range?: Range | undefined;
}

/** A window of time and the agent that was asked for: the runs that ended in it. */
export interface RunWindow {
  from: string;
  to: string;
  agent?: string | undefined;
}

interface Props {
  search: MetricSearch;
  onSearch: (change: MetricSearch) => void;
  onRuns: (window: RunWindow) => void;
}

const AGGREGATIONS: readonly (readonly [MetricAggregation, string])[] = [
  ["avg", "Average"],
  ["sum", "Sum"],
  ["min", "Minimum"],
  ["max", "Maximum"],
  ["count", "Count"],
  ["p50", "Median"],
  ["p95", "95th percentile"],
  ["p99", "99th percentile"],
];

export function MetricsPage({ search, onSearch, onRuns }: Props) {
  const types = useQuery(metricTypes);
  return (
    <Page
      title="Metrics"
      width="wide"
      description="What runs and agents have measured. Click a point to open the runs of that time."
      actions={<SavedViews list="metrics" />}
    >
      <Loaded query={types}>{(metrics) => <Explorer {...{ metrics, search, onSearch, onRuns }} />}</Loaded>
    </Page>
  );
}

/** What agents report is called as they call it; the platform's own are words. */
function nameOf(metric: string): string {
  const words = metric.replaceAll("_", " ");
  return metric.includes(".") ? metric : words.charAt(0).toUpperCase() + words.slice(1);
}

function Explorer({ metrics, search, onSearch, onRuns }: Props & { metrics: readonly Metric[] }) {
  const metric = metrics.find((each) => each.metric_type === search.metric) ?? metrics[0];
  const aggregation = search.aggregation ?? metric?.aggregation;
  const agents = search.agents ?? [];
  const asked = {
    metric: metric?.metric_type ?? "response_time",
    aggregation,
    agents,
    isByAgent: search.each ?? false,
    range: search.range ?? "24h",
  } as const;
  const found = useQuery(metricQuery(asked));
  const change = (part: MetricSearch) => onSearch({ ...search, ...part });
  return (
    <>
      <search className="flex flex-wrap items-center gap-2">
        <Select
          aria-label="Metric"
          className="w-44"
          value={asked.metric}
          onChange={(event) => change({ metric: event.target.value, aggregation: undefined })}
        >
          {metrics.map((each) => (
            <option key={each.metric_type} value={each.metric_type}>
              {nameOf(each.metric_type)}
            </option>
          ))}
        </Select>
        <Select
          aria-label="Aggregation"
          className="w-40"
          value={aggregation ?? "avg"}
          onChange={(event) => change({ aggregation: event.target.value as MetricAggregation })}
        >
          {AGGREGATIONS.map(([value, name]) => (
            <option key={value} value={value}>
              {name}
            </option>
          ))}
        </Select>
        <AgentChoice chosen={agents} onChoose={(chosen) => change({ agents: chosen.length > 0 ? chosen : undefined })} />
        <Select
          aria-label="Time"
          className="w-36"
          value={asked.range}
          onChange={(event) => change({ range: event.target.value as Range })}
        >
          {RANGE_OPTIONS.map(([value, label]) => (
            <option key={value} value={value}>
              {label}
            </option>
          ))}
        </Select>
        <Pill pressed={asked.isByAgent} onClick={() => change({ each: !asked.isByAgent || undefined })}>
          Each agent
        </Pill>
      </search>
      {metric?.description && <p className="text-muted text-sm">{metric.description}</p>}
      <Loaded query={found}>
        {(result) => (
          <Shown
            result={result}
            onRuns={(window) => onRuns({ ...window, agent: agents.length === 1 ? agents[0] : undefined })}
          />
        )}
      </Loaded>
    </>
  );
}

function Shown({ result, onRuns }: { result: MetricResult; onRuns: (window: RunWindow) => void }) {
  if (result.series.length === 0) {
    return (
      <Card>
        <EmptyState icon={ChartLine} title="No points in this time">
          Runs add points when they end. Agents report their own with POST /api/v1/agents/…/metrics.
        </EmptyState>
      </Card>
    );
  }
  const buckets = bucketsOf(result.start, result.end, result.bucket);
  const lines: Line[] = result.series.map((series) => ({
    name: [series.agent_name, series.label].filter(Boolean).join(" · ") || "All agents",
    values: valuesIn(series, buckets),
  }));
  const isCount = result.aggregation === "count";
  const format = (value: number) => valueText(value, result.unit, isCount);
  const open = (index: number) => {
    const at = buckets[index] ?? 0;
    onRuns({ from: new Date(at).toISOString(), to: new Date(at + widthOf(result.bucket)).toISOString() });
  };
  const label = `${result.metric_type} by the ${result.bucket}, ${plural(lines.length, "line")}`;
  return (
    <>
      <Card className="p-3">
        <LineChart {...{ label, buckets, lines, format }} bucket={result.bucket} onBucket={open} />
      </Card>
      <Section title="Buckets" description="Newest first; days are those of UTC." flush>
        <BucketTable {...{ buckets, lines, format, onBucket: open }} bucket={result.bucket} />
      </Section>
    </>
  );
}

interface ChoiceProps {
  chosen: readonly string[];
  onChoose: (agents: string[]) => void;
}

function AgentChoice({ chosen, onChoose }: ChoiceProps) {
  const agents = useQuery(metricAgents);
  const names = agents.data?.filter((agent) => chosen.includes(agent.id)).map((agent) => agent.name) ?? [];
  const title = chosen.length === 0 ? "All agents" : names.length === 1 ? names[0] : plural(chosen.length, "agent");
  return (
    <Menu
      align="start"
      trigger={
        <Button icon={Bot}>
          <span className="max-w-40 truncate">{title}</span>
          <ChevronDown aria-hidden className="size-3.5 text-faint" />
        </Button>
      }
    >
      <MenuItem checked={chosen.length === 0} onSelect={() => onChoose([])}>
        All agents
      </MenuItem>
      <MenuSeparator />
      {(agents.data ?? []).map((agent) => (
        <MenuItem
          key={agent.id}
          checked={chosen.includes(agent.id)}
          onSelect={() =>
            onChoose(chosen.includes(agent.id) ? chosen.filter((each) => each !== agent.id) : [...chosen, agent.id])
          }
        >
          {agent.name}
        </MenuItem>
      ))}
    </Menu>
  );
}
