import { useQuery } from "@tanstack/react-query";
import { ExternalLink, Pencil, Plus } from "lucide-react";
import { type ReactNode, useState } from "react";
import { traceAddress, tracingQuery } from "@/api/tracing";
import type { Run, Step } from "@/api/types";
import { Button } from "@/components/ui/button";
import { CopyButton } from "@/components/ui/copy-button";
import { CostText } from "@/components/ui/cost-text";
import { StatusBadge } from "@/components/ui/status-badge";
import { ESTIMATED } from "@/lib/cost";
import { cx } from "@/lib/cx";
import { absoluteTime, count, duration, relativeTime } from "@/lib/format";
import type { SseState } from "@/lib/sse";
import { triggerLabel } from "../labels";
import { LabelChips } from "../labels/label-chips";
import { LabelsDialog } from "../labels/labels-dialog";
import { isPrivate, PrivateBadge } from "../run-marks";
import { isOver } from "../types";
import { RunFeedback } from "./run-feedback";
import { originsOf, RunIdLink } from "./run-origin";
import { usageOf } from "./run-usage";

interface Props {
  readonly run: Run;
  readonly steps: readonly Step[];
  readonly now: number;
  readonly title: ReactNode;
  readonly connection: SseState["kind"];
  readonly actions: ReactNode;
  readonly canWrite: boolean;
}

/** Who, what, when, how long and for how much. */
export function RunHeader({ run, steps, now, title, connection, actions, canWrite }: Props) {
  const usage = usageOf(run, steps);
  return (
    <header className="border-b border-line bg-surface px-4 pt-3 pb-2.5 lg:px-6">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-2">
        <StatusBadge status={run.status} />
        <h1 className="min-w-0 truncate text-lg font-semibold">{title}</h1>
        {run.agent_version !== null && <span className="text-sm text-muted">version {run.agent_version}</span>}
        {isPrivate(run) && <PrivateBadge />}
        {connection === "waiting" && (
          <span role="status" className="text-sm text-warning">
            Connection lost. Reconnecting…
          </span>
        )}
        <div className="ml-auto flex flex-wrap items-center gap-1.5">{actions}</div>
      </div>
      <dl className="mt-2.5 flex flex-wrap gap-x-6 gap-y-1.5 text-sm">
        <Fact name="Trigger">
          {triggerLabel(run)}
          {run.triggered_by_name !== null && <span className="text-muted"> by {run.triggered_by_name}</span>}
        </Fact>
        <Fact name={run.started_at === null ? "Created" : "Started"}>
          <time dateTime={run.started_at ?? run.created_at} title={absoluteTime(run.started_at ?? run.created_at)}>
            {relativeTime(run.started_at ?? run.created_at, now)}
          </time>
        </Fact>
        <Fact name="Duration">{lasting(run, now)}</Fact>
        {run.model !== null && <Fact name="Model">{run.model}</Fact>}
        <Fact name="Tokens">
          {usage.inputTokens + usage.outputTokens === 0
            ? "—"
            : `${count(usage.inputTokens)} in, ${count(usage.outputTokens)} out${usage.isEstimated ? ESTIMATED : ""}`}
        </Fact>
        <Fact name="Cost">
          <CostText value={usage.cost} />
        </Fact>
        <Fact name="Run ID">
          <span className="flex items-center gap-1 font-mono text-xs">
            <span title={run.id}>{run.short_id}</span>
            <CopyButton label="Copy the run ID" text={run.id} />
          </span>
        </Fact>
        <Fact name="Trace">
          <span className="flex items-center gap-1 font-mono text-xs">
            <TraceId traceId={run.trace_id} />
            <CopyButton label="Copy the trace ID" text={run.trace_id} />
          </span>
        </Fact>
        {originsOf(run).map(({ label, runId }) => (
          <Fact key={label} name={label}>
            <RunIdLink label={label} runId={runId} />
          </Fact>
        ))}
        <LabelsFact run={run} canWrite={canWrite} />
        <Fact name="Feedback">
          <RunFeedback runId={run.id} />
        </Fact>
      </dl>
    </header>
  );
}

/** The beginning of a trace's id; a link to the trace where the operator has said how to look at one. */
function TraceId({ traceId }: { traceId: string }) {
  const tracing = useQuery(tracingQuery);
  const address = traceAddress(tracing.data?.link, traceId);
  const short = traceId.slice(0, 8);
  if (address === null) return <span title={traceId}>{short}</span>;
  return (
    <a
      href={address}
      target="_blank"
      rel="noreferrer"
      title={traceId}
      aria-label={`Open trace ${short}`}
      className="inline-flex items-center gap-1 text-accent-text underline-offset-2 hover:underline"
    >
      {short}
      <ExternalLink aria-hidden className="size-3" />
    </a>
  );
}

function LabelsFact({ run, canWrite }: Pick<Props, "run" | "canWrite">) {
  const [isEditing, setEditing] = useState(false);
  const isAny = run.tags.length > 0 || Object.keys(run.metadata).length > 0;
  if (!isAny && !canWrite) return null;
  return (
    <Fact name="Tags and metadata" isWide>
      <span className="flex min-w-0 flex-wrap items-center gap-1">
        {isAny && <LabelChips run={run} />}
        {canWrite && (
          <Button
            size="sm"
            variant="ghost"
            icon={isAny ? Pencil : Plus}
            aria-label={isAny ? "Edit tags and metadata" : "Add tags and metadata"}
            onClick={() => setEditing(true)}
          >
            {isAny ? "Edit" : "Add"}
          </Button>
        )}
      </span>
      {isEditing && <LabelsDialog run={run} onClose={() => setEditing(false)} />}
    </Fact>
  );
}

interface FactProps {
  readonly name: string;
  /** On a phone the value stands under its name. */
  readonly isWide?: boolean;
  readonly children: ReactNode;
}

function Fact({ name, isWide = false, children }: FactProps) {
  return (
    <div className={cx("flex min-w-0 items-center gap-2", isWide && "max-sm:basis-full max-sm:flex-wrap")}>
      <dt className="shrink-0 text-muted">{name}</dt>
      <dd className="min-w-0 tabular-nums">{children}</dd>
    </div>
  );
}

/** How long a run has worked: ticking while it runs. */
export function lasting(run: Run, now: number): string {
  if (run.duration_ms !== null && isOver(run.status)) return duration(run.duration_ms);
  if (run.started_at === null) return "not started";
  const end = run.completed_at === null ? now : Date.parse(run.completed_at);
  return duration(Math.max(0, end - Date.parse(run.started_at)));
}
