/** A run as it was at one of its moments: what had not begun is left out, what had not ended is under way. Pure. */
import type { Log, Run, Step, ToolCall } from "@/api/types";
import type { RunState } from "../live/fold";

/** The picture of a run at an instant in milliseconds. */
export function stateAt(state: RunState, instant: number): RunState {
  const isBefore = (at: string) => Date.parse(at) <= instant;
  return {
    ...state,
    run: state.run && runAt(state.run, instant),
    steps: state.steps.filter((step) => isBefore(step.started_at)).map((step) => stepAt(step, instant)),
    thoughts: state.thoughts.filter((thought) => isBefore(thought.created_at)),
    artifacts: state.artifacts.filter((artifact) => isBefore(artifact.created_at)),
    // One that was open then is left out: its form would be one that decides nothing.
    approvals: state.approvals.filter((approval) => approval.decided_at !== null && isBefore(approval.decided_at)),
    logs: state.logs.filter((log) => isBefore(log.timestamp)),
    streams: {},
  };
}

export function logsAt(logs: readonly Log[], instant: number): readonly Log[] {
  return logs.filter((log) => Date.parse(log.timestamp) <= instant);
}

/** The calls of the steps that had ended. */
export function callsAt(calls: readonly ToolCall[], steps: readonly Step[]): readonly ToolCall[] {
  const ended = new Set(steps.filter((step) => step.completed_at !== null).map((step) => step.id));
  return calls.filter((call) => call.step_id !== null && ended.has(call.step_id));
}

/** The instants at which something began or ended, in order. */
export function momentsOf(state: RunState): number[] {
  const instants = state.steps.flatMap((step) => [step.started_at, step.completed_at ?? step.started_at]);
  const all = [...instants, ...state.thoughts.map((thought) => thought.created_at)];
  return [...new Set(all.map((instant) => Date.parse(instant)))].sort((a, b) => a - b);
}

function runAt(run: Run, instant: number): Run {
  if (run.completed_at !== null && Date.parse(run.completed_at) <= instant) return run;
  const hasStarted = run.started_at !== null && Date.parse(run.started_at) <= instant;
  return {
    ...run,
    status: hasStarted ? "running" : "pending",
    output: null,
    error: null,
    error_message: null,
    completed_at: null,
    duration_ms: null,
  };
}

function stepAt(step: Step, instant: number): Step {
  if (step.completed_at !== null && Date.parse(step.completed_at) <= instant) return step;
  return {
    ...step,
    status: "running",
    output: null,
    error_message: null,
    completed_at: null,
    duration_ms: null,
    usage: null,
    warnings: [],
  };
}
