/** The words for what a run's parts are. */
import type { Run, RunOutcome, RunStatus, RunTrigger, StepStatus, StepType } from "@/api/types";
import type { LogLevel, ThoughtType, ToolCallState } from "./types";
import type { Cause } from "./waterfall/time-split";

export const RUN_STATUS_LABEL: Record<RunStatus, string> = {
  pending: "Queued",
  running: "Running",
  waiting: "Waiting",
  completed: "Completed",
  failed: "Failed",
  cancelled: "Cancelled",
};

/** How a run ended: "Warning" completed with warnings. */
export const OUTCOME_LABEL: Record<RunOutcome, string> = {
  success: "Success",
  warning: "Completed with warnings",
  error: "Error",
};

export const TRIGGER_LABEL: Record<RunTrigger, string> = {
  manual: "Manual",
  api: "API",
  schedule: "Schedule",
  webhook: "Webhook",
  conversation: "Chat",
  external: "External",
  n8n: "n8n",
  cli: "CLI",
};

/** How a run was started, as it is shown: dry runs and runs of the playground are named so. */
export function triggerLabel({ trigger, playground, dry_run }: Pick<Run, "trigger" | "playground" | "dry_run">): string {
  if (dry_run) return "Dry run";
  return playground ? "Playground" : TRIGGER_LABEL[trigger];
}

export const STEP_LABEL: Record<StepType, string> = {
  llm_call: "Model call",
  tool: "Tool",
  member: "Member",
  agent: "Agent",
  team: "Team",
  workflow: "Workflow",
  decision: "Decision",
  transform: "Computation",
  approval: "Approval",
  question: "Question",
  wait: "Wait",
  map: "Map",
  loop: "Loop",
  code: "Code",
  n8n: "n8n node",
  input: "Input",
  output: "Output",
};

export const STEP_STATUS_LABEL: Record<StepStatus, string> = {
  running: "Running",
  completed: "Completed",
  failed: "Failed",
  waiting: "Waiting",
  cancelled: "Cancelled",
  interrupted: "Interrupted",
};

export const THOUGHT_LABEL: Record<ThoughtType, string> = {
  input: "Input",
  processing: "Thinking",
  action: "Action",
  output: "Output",
};

export const LEVEL_LABEL: Record<LogLevel, string> = { debug: "Debug", info: "Info", warning: "Warning", error: "Error" };

export const CAUSE_LABEL: Record<Cause, string> = {
  queued: "In the queue",
  first_token: "Waiting for the first token",
  streaming: "Model writing",
  tool: "Tools",
  person: "Waiting for a person",
  other: "Platform",
};

export const CALL_STATE_LABEL: Record<ToolCallState, string> = {
  started: "Started",
  succeeded: "Succeeded",
  failed: "Failed",
  unknown: "Outcome unknown",
};

export const CALL_STATE_MEANING: Record<ToolCallState, string> = {
  started: "Called, no result yet.",
  succeeded: "Called once, succeeded.",
  failed: "Called, failed.",
  unknown: "The worker stopped during the call, so its effect is unknown. A person decides.",
};

export const EFFECT_LABEL = {
  read_only: "Read-only",
  idempotent: "Idempotent",
  dangerous: "Dangerous",
} as const;
