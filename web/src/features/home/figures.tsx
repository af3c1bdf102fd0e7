import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { ArrowDown, ArrowUp } from "lucide-react";
import type { ReactNode } from "react";
import type { Dashboard, DashboardFigure } from "@/api/types";
import { buttonClass } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { ErrorState } from "@/components/ui/error-state";
import { Sparkline } from "@/components/ui/sparkline";
import { cost } from "@/lib/cost";
import { cx } from "@/lib/cx";
import { count, duration } from "@/lib/format";
import { dashboardQuery } from "./api";
import { type Change, lineOf, numberOf, percent, pointChange, relativeChange } from "./change";
import { FiguresSkeleton } from "./figures-skeleton";
import type { HomeRange } from "./ranges";

interface Props {
  readonly range: HomeRange;
  /** Whether the page of usage may be opened; else the cost of runs is shown among the metrics. */
  readonly canReadUsage: boolean;
}

const WINDOWS: Record<HomeRange, { last: string; before: string }> = {
  "24h": { last: "Last 24 hours", before: "The 24 hours before" },
  "7d": { last: "Last 7 days", before: "The 7 days before" },
};
const NONE = "—";
/** Counts of the present stop there. */
const MOST = 1000;

/** The figures of the organization, each with its line and its change, and each a link to what it is made of. */
export default function Figures({ range, canReadUsage }: Props) {
  const dashboard = useQuery(dashboardQuery(range));
  if (dashboard.isPending) return <FiguresSkeleton />;
  if (dashboard.isLoadingError) {
    return (
      <Card>
        <ErrorState error={dashboard.error} onRetry={() => void dashboard.refetch()} />
      </Card>
    );
  }
  const shown = dashboard.data;
  const hasRuns = shown.runs.value !== "0" || shown.runs.previous !== "0" || shown.spend.cost_state !== "none";
  const hasNews = shown.active_runs + shown.queued_runs + shown.firing_alerts + shown.pending_approvals > 0;
  if (!hasRuns && !hasNews) return <NoFigures dashboard={shown} />;
  return (
    <section aria-label="Figures" aria-busy={dashboard.isPlaceholderData} className="flex flex-col gap-3">
      <Windowed dashboard={shown} canReadUsage={canReadUsage} />
      <Present dashboard={shown} />
    </section>
  );
}

function Windowed({ dashboard, canReadUsage }: { dashboard: Dashboard; canReadUsage: boolean }) {
  const { range, start, end, runs, failure_rate: rate, response_time_p95: p95, spend } = dashboard;
  const ended = { from: start, to: end };
  const previousSpend = { cost_usd: spend.previous_cost_usd, cost_state: spend.previous_cost_state };
  const money = (
    <Body
      label="Spend"
      value={cost(spend)}
      previous={cost(previousSpend)}
      change={relativeChange(numberOf(spend.cost_usd), numberOf(spend.previous_cost_usd))}
      {...{ range, series: spend.series }}
    />
  );
  return (
    <ul className="grid grid-cols-2 gap-3 lg:grid-cols-4">
      <Tile>
        <Link to="/runs" search={ended} className={TILE}>
          <Body label="Runs" {...counted(runs)} {...{ range, series: runs.series }} />
        </Link>
      </Tile>
      <Tile>
        <Link to="/runs" search={{ status: "failed", ...ended }} className={TILE}>
          <Body
            label="Failure rate"
            value={shownAs(rate.value, percent)}
            previous={shownAs(rate.previous, percent)}
            change={pointChange(numberOf(rate.value), numberOf(rate.previous))}
            isLessBetter
            {...{ range, series: rate.series }}
          />
        </Link>
      </Tile>
      <Tile>
        <Link to="/agent-metrics" search={{ metric: "response_time", range }} className={TILE}>
          <Body
            label="Response time (p95)"
            value={shownAs(p95.value, duration)}
            previous={shownAs(p95.previous, duration)}
            change={relativeChange(numberOf(p95.value), numberOf(p95.previous))}
            isLessBetter
            {...{ range, series: p95.series }}
          />
        </Link>
      </Tile>
      <Tile>
        {canReadUsage ? (
          <Link to="/usage" search={{ kind: "model_call", range }} className={TILE}>
            {money}
          </Link>
        ) : (
          <Link to="/agent-metrics" search={{ metric: "cost", range }} className={TILE}>
            {money}
          </Link>
        )}
      </Tile>
    </ul>
  );
}

const TILE = "block h-full rounded-xl px-4 py-3 hover:bg-hover";

function Tile({ children }: { children: ReactNode }) {
  return <li className="min-w-0 rounded-xl border border-line bg-surface shadow-card">{children}</li>;
}

interface BodyProps {
  readonly label: string;
  readonly value: string;
  readonly previous: string;
  readonly change: Change | null;
  readonly series: DashboardFigure["series"];
  readonly range: HomeRange;
  /** A rise is bad news, and coloured so. */
  readonly isLessBetter?: boolean;
}

function Body({ label, value, previous, change, series, range, isLessBetter = false }: BodyProps) {
  return (
    <>
      <span className="block truncate text-muted text-xs">{label}</span>
      <span className="flex justify-between gap-x-3 gap-y-1 max-sm:flex-col sm:items-end">
        <span className="font-semibold text-2xl text-fg tabular-nums tracking-tight">{value}</span>
        <Sparkline
          values={lineOf(series)}
          label={`${label}, ${WINDOWS[range].last.toLowerCase()}`}
          height={28}
          className="mb-1 shrink-0 text-accent"
        />
      </span>
      <span className="mt-1 block text-muted text-xs tabular-nums">
        {change !== null && <Changed change={change} isLessBetter={isLessBetter} />}
        {change !== null && " "}
        <span className="whitespace-nowrap" title={WINDOWS[range].before}>
          {previous === NONE ? "No data before" : `${previous} before`}
        </span>
      </span>
    </>
  );
}

function Changed({ change, isLessBetter }: { change: Change; isLessBetter: boolean }) {
  const Icon = change.direction === "up" ? ArrowUp : ArrowDown;
  const tone =
    !isLessBetter || change.direction === "same" ? "" : change.direction === "up" ? "text-danger" : "text-success";
  return (
    <span className={cx("mr-1 inline-flex items-center gap-0.5 whitespace-nowrap font-medium", tone)}>
      {change.direction !== "same" && <Icon aria-hidden className="size-3" />}
      {change.text}
    </span>
  );
}

/** What is going on at this moment. */
function Present({ dashboard }: { dashboard: Dashboard }) {
  const { active_runs: active, queued_runs: queued, firing_alerts: firing, pending_approvals: pending } = dashboard;
  return (
    <ul className="grid grid-cols-3 gap-3">
      <Tile>
        <Link to="/runs" search={{ status: "running" }} className={PRESENT}>
          <Now label="Active runs" value={active} note={queued > 0 ? `${upTo(queued)} queued` : undefined} />
        </Link>
      </Tile>
      <Tile>
        <Link to="/alerts" className={PRESENT}>
          <Now label="Firing alerts" value={firing} tone={firing > 0 ? "text-danger" : undefined} />
        </Link>
      </Tile>
      <Tile>
        <Link to="/approvals" className={PRESENT}>
          <Now label="Pending approvals" value={pending} tone={pending > 0 ? "text-warning" : undefined} />
        </Link>
      </Tile>
    </ul>
  );
}

const PRESENT = "flex h-full flex-wrap items-baseline gap-x-2 rounded-xl px-4 py-2 hover:bg-hover max-sm:px-3";

function Now(props: { label: string; value: number; note?: string | undefined; tone?: string | undefined }) {
  return (
    <>
      <span className={cx("font-semibold text-lg tabular-nums", props.tone ?? "text-fg")}>{upTo(props.value)}</span>
      <span className="text-muted text-xs">
        {props.label}
        {props.note && `, ${props.note}`}
      </span>
    </>
  );
}

/** Nothing ran lately: a sentence and a way to begin, instead of zeros. */
function NoFigures({ dashboard }: { dashboard: Dashboard }) {
  const isNew = dashboard.agents.every((agent) => agent.last_activity === null && agent.last_run === null);
  const window = WINDOWS[dashboard.range].last.toLowerCase();
  return (
    <Card className="flex flex-wrap items-center gap-x-4 gap-y-3 px-4 py-3.5">
      <span className="min-w-0 flex-1 basis-60">
        <span className="block font-medium text-fg text-sm">
          {isNew ? "Your agents have not run yet" : `No runs in the ${window}`}
        </span>
        <span className="block text-muted text-xs">
          Runs, failures, response time and spend appear here, compared with the time before.
        </span>
      </span>
      <span className="flex flex-wrap gap-2">
        <Link to="/chat" className={buttonClass("primary", "sm")}>
          Start a chat
        </Link>
        <Link to="/agents/new" className={buttonClass("secondary", "sm")}>
          Create agent
        </Link>
      </span>
    </Card>
  );
}

function counted(runs: DashboardFigure) {
  const [value, previous] = [numberOf(runs.value), numberOf(runs.previous)];
  return { value: count(value ?? 0), previous: count(previous ?? 0), change: relativeChange(value, previous) };
}

function shownAs(text: string | null, format: (value: number) => string): string {
  return text === null ? NONE : format(Number(text));
}

function upTo(value: number): string {
  return value >= MOST ? `${count(MOST)}+` : String(value);
}
