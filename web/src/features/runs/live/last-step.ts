import type { Step } from "@/api/types";
import type { RunState } from "./fold";

/** The step to look at while a run goes on and none is chosen: one that waits for a person, else the newest that runs. */
export function lastOf(state: RunState): Step | undefined {
  return (
    state.steps.findLast((step) => step.status === "waiting") ??
    state.steps.findLast((step) => step.status === "running") ??
    state.steps.at(-1)
  );
}
