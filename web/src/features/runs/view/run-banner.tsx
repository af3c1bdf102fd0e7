import { useQuery } from "@tanstack/react-query";
import { AlertTriangle, CircleDashed, Clock3 } from "lucide-react";
import type { Approval, Run, Step } from "@/api/types";
import { duration, plural } from "@/lib/format";
import { instance } from "../api";
import { RunNotice } from "./run-notice";
import { RunWarnings } from "./run-warnings";

interface Props {
  readonly run: Run;
  readonly steps: readonly Step[];
  readonly approvals: readonly Approval[];
  readonly now: number;
  readonly onShowStep: (stepId: string) => void;
}

const PATIENCE_MS = 1500;

/** What a reader must know first: why a run is queued, waiting or failed, and its warnings. */
export function RunBanner(props: Props) {
  const { run, steps, onShowStep } = props;
  return (
    <>
      <Standing {...props} />
      <RunWarnings count={run.warning_count} steps={steps} onShowStep={onShowStep} />
    </>
  );
}

function Standing({ run, approvals, now, onShowStep }: Props) {
  if (run.status === "failed") {
    return (
      <RunNotice tone="danger" icon={<AlertTriangle aria-hidden="true" className="size-4" />} role="alert">
        <span className="min-w-0 break-words whitespace-pre-wrap">
          {run.error_message ?? "The run failed without a reason."}
        </span>
      </RunNotice>
    );
  }
  if (run.status === "waiting" && run.waiting_reason === "members")
    return (
      <RunNotice tone="neutral" icon={<Clock3 aria-hidden="true" className="size-4" />} role="status">
        <span>
          {run.type === "workflow" ? "Runs that it started work." : "Its members work."} The run goes on when they have
          ended, and uses no worker until then.
        </span>
      </RunNotice>
    );
  if (run.status === "waiting")
    return <Waiting run={run} approvals={approvals.filter((one) => one.status === "pending")} onShowStep={onShowStep} />;
  const queuedMs = now - Date.parse(run.created_at);
  if (run.status === "pending" && queuedMs > PATIENCE_MS) return <Queued run={run} queuedMs={queuedMs} />;
  return null;
}

function Waiting({
  run,
  approvals,
  onShowStep,
}: {
  readonly run: Run;
  readonly approvals: readonly Approval[];
  readonly onShowStep: (stepId: string) => void;
}) {
  const first = approvals[0];
  const stepId = first?.step_id;
  return (
    <RunNotice tone="warning" icon={<CircleDashed aria-hidden="true" className="size-4" />} role="status">
      <span>
        {first ? questionOf(first, approvals.length) : (WAITS_FOR[run.waiting_reason ?? ""] ?? "The run is waiting.")} It
        uses no worker while it waits.
      </span>
      {stepId != null && (
        <button type="button" className="font-medium underline underline-offset-2" onClick={() => onShowStep(stepId)}>
          {VERBS[first?.kind ?? ""] ?? "Decide"}
        </button>
      )}
    </RunNotice>
  );
}

const VERBS: Readonly<Record<string, string>> = { question: "Answer", connect: "Connect" };

const WAITS_FOR: Readonly<Record<string, string>> = {
  event: "The run waits for an event.",
  n8n: "n8n carries out the run.",
  timer: "The run waits for a time.",
  external: "The run waits for its external agent.",
};

function questionOf(approval: Approval, waiting: number): string {
  const more = waiting > 1 ? ` ${plural(waiting - 1, "more question")} after it.` : "";
  if (approval.kind === "unknown_outcome") return `The outcome of ${approval.tool_name} is unknown.${more}`;
  if (approval.kind === "connect") return `${approval.tool_name} needs a connection.${more}`;
  if (approval.kind === "question") return `${approval.tool_name} is waiting for an answer.${more}`;
  return `${approval.tool_name} is waiting for approval.${more}`;
}

function Queued({ run, queuedMs }: { readonly run: Run; readonly queuedMs: number }) {
  const system = useQuery(instance());
  const workers = system.data?.workers;
  const depth = system.data?.queue_depth;
  return (
    <RunNotice
      tone={workers === 0 ? "warning" : "neutral"}
      icon={<Clock3 aria-hidden="true" className="size-4" />}
      role="status"
    >
      <span>
        In the queue for {duration(queuedMs)}.{" "}
        {run.waiting_reason ?? (workers === 0 ? "No worker is running: start one with “retinue worker”." : whyQueued(depth))}
      </span>
    </RunNotice>
  );
}

function whyQueued(depth: number | undefined): string {
  if (depth === undefined) return "";
  if (depth > 1)
    return `${plural(depth, "run")} are queued; it starts when a worker and one of the organization's slots are free.`;
  return "It starts when a worker is free and the organization's limit of concurrent runs allows it.";
}
