import { useQuery } from "@tanstack/react-query";
import {
  Ban,
  CircleCheck,
  CirclePlus,
  CircleX,
  Gavel,
  Hand,
  type LucideIcon,
  PauseCircle,
  Play,
  RotateCcw,
  StepForward,
} from "lucide-react";
import type { Json, RunMoment, RunReference } from "@/api/types";
import { CostText } from "@/components/ui/cost-text";
import { KeyValueList } from "@/components/ui/key-value";
import { Loaded } from "@/components/ui/page-states";
import { StatusBadge } from "@/components/ui/status-badge";
import { RelativeTime } from "@/components/ui/time";
import { plural } from "@/lib/format";
import { runOverview } from "../api";
import { TRIGGER_LABEL } from "../labels";
import { RunIdLink } from "./run-origin";

/** What happened to a run and who did it, the runs it is related to, and what all of them cost. */
export function HistoryTab({ runId }: { readonly runId: string }) {
  const overview = useQuery(runOverview(runId));
  return (
    <div className="h-full overflow-auto px-4 py-3">
      <Loaded query={overview}>
        {({ timeline, total_cost, ...related }) => (
          <div className="flex max-w-3xl flex-col gap-5">
            <section aria-label="Timeline">
              <h2 className="mb-2 font-medium text-muted text-xs">Timeline</h2>
              <ol className="flex flex-col">
                {timeline.map((moment, at) => (
                  // biome-ignore lint/suspicious/noArrayIndexKey: moments have no id and keep their order
                  <MomentRow key={at} moment={moment} />
                ))}
              </ol>
            </section>
            <section aria-label="Related runs and total cost">
              <h2 className="mb-2 font-medium text-muted text-xs">Related runs and total cost</h2>
              <KeyValueList
                rows={[
                  ["Started by run", references(one(related.parent))],
                  ["Retry of", references(one(related.retried_from))],
                  ["Forked from", references(one(related.forked_from))],
                  ["Started runs", references(related.children)],
                  ["Retries", references(related.retries)],
                  ["Forks", references(related.forks)],
                  [
                    "Total cost",
                    <span key="total">
                      <CostText value={total_cost} />
                      {total_cost.run_count > 1 && (
                        <span className="text-muted"> with {plural(total_cost.run_count - 1, "run")} it started</span>
                      )}
                    </span>,
                  ],
                ]}
              />
            </section>
          </div>
        )}
      </Loaded>
    </div>
  );
}

function one(reference: RunReference | null): readonly RunReference[] {
  return reference === null ? [] : [reference];
}

function references(runs: readonly RunReference[]) {
  if (runs.length === 0) return null;
  return (
    <ul className="flex flex-col gap-1">
      {runs.map((run) => (
        <li key={run.id} className="flex flex-wrap items-center gap-x-2 gap-y-1">
          <RunIdLink runId={run.id} label={run.target_name} />
          <span className="min-w-0 truncate">{run.target_name}</span>
          <StatusBadge status={run.status} />
        </li>
      ))}
    </ul>
  );
}

interface Look {
  readonly icon: LucideIcon;
  readonly tone: string;
  readonly words: string;
}

const LOOKS: Record<RunMoment["type"], Look> = {
  created: { icon: CirclePlus, tone: "text-faint", words: "Created" },
  started: { icon: Play, tone: "text-info", words: "Started" },
  continued: { icon: StepForward, tone: "text-info", words: "Continued by a worker" },
  waiting: { icon: PauseCircle, tone: "text-warning", words: "Paused" },
  approval_requested: { icon: Hand, tone: "text-warning", words: "Approval requested" },
  approval_decided: { icon: Gavel, tone: "text-info", words: "Approval decided" },
  resumed: { icon: RotateCcw, tone: "text-info", words: "Resumed" },
  completed: { icon: CircleCheck, tone: "text-success", words: "Completed" },
  failed: { icon: CircleX, tone: "text-danger", words: "Failed" },
  cancelled: { icon: Ban, tone: "text-faint", words: "Cancelled" },
};

function MomentRow({ moment }: { readonly moment: RunMoment }) {
  const { icon: Icon, tone } = LOOKS[moment.type];
  const comment = text(moment.details.comment) || text(moment.details.message);
  return (
    <li className="relative flex gap-3 pb-3 before:absolute before:top-5 before:bottom-0 before:left-[7px] before:w-px before:bg-line last:pb-0 last:before:hidden">
      <Icon aria-hidden className={`mt-0.5 size-4 shrink-0 ${tone}`} strokeWidth={1.9} />
      <div className="min-w-0 flex-1 text-sm">
        <p className="flex flex-wrap items-baseline gap-x-2">
          <span className="font-medium text-fg">{wordsOf(moment)}</span>
          {moment.actor && <span className="text-muted">by {actorOf(moment.actor)}</span>}
          <RelativeTime at={moment.at} className="ml-auto whitespace-nowrap text-muted text-xs" />
        </p>
        {comment && <p className="wrap-anywhere text-muted text-xs">{comment}</p>}
      </div>
    </li>
  );
}

const WAITING_FOR: Record<string, string> = {
  approval: "Waiting for an approval",
  question: "Waiting for an answer",
  event: "Waiting for an event",
  members: "Waiting for runs that it started",
  timer: "Waiting for a time",
  unknown_outcome: "Waiting for a decision on an unknown outcome",
};

function wordsOf(moment: RunMoment): string {
  const { type, details } = moment;
  if (type === "created" && details.trigger) return `Created (${label(TRIGGER_LABEL, details.trigger)})`;
  if (type === "waiting") return label(WAITING_FOR, details.reason) || LOOKS.waiting.words;
  if (type === "continued" && typeof details.attempt === "number")
    return `${LOOKS.continued.words}, attempt ${details.attempt}`;
  return approvalWords(moment) ?? LOOKS[type].words;
}

function approvalWords({ type, details }: RunMoment): string | null {
  const tool = text(details.tool_name);
  if (!tool) return null;
  const isUnknown = details.kind === "unknown_outcome";
  if (type === "approval_requested" && details.kind === "question") return `${tool} asked`;
  if (type === "approval_requested") return isUnknown ? `Outcome of ${tool} unknown` : `Approval of ${tool} requested`;
  if (isUnknown) return `Outcome of ${tool} decided`;
  if (details.kind === "question") return `${tool} answered`;
  return `${tool} ${details.decision === "reject" ? "rejected" : "approved"}`;
}

function label(labels: Readonly<Record<string, string>>, value: Json | undefined): string {
  return labels[text(value)] ?? text(value);
}

function text(value: Json | undefined): string {
  return typeof value === "string" ? value : "";
}

/** A deleted user or key has no name. */
function actorOf({ kind, name }: NonNullable<RunMoment["actor"]>): string {
  const isKey = kind === "api_key";
  if (name === null) return isKey ? "a deleted API key" : "a deleted user";
  return isKey ? `API key ${name}` : name;
}
