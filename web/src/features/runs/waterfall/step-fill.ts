import type { StepType } from "@/api/types";

/** The colour of a step's bar, by its kind. */
export const STEP_FILL: Record<StepType, string> = {
  llm_call: "bg-chart-model",
  tool: "bg-chart-tool",
  member: "bg-chart-output",
  agent: "bg-chart-output",
  team: "bg-chart-output",
  workflow: "bg-chart-output",
  decision: "bg-chart-decision",
  transform: "bg-chart-input",
  approval: "bg-chart-decision",
  question: "bg-chart-decision",
  wait: "bg-chart-input",
  map: "bg-chart-output",
  loop: "bg-chart-output",
  code: "bg-chart-input",
  n8n: "bg-chart-tool",
  input: "bg-chart-input",
  output: "bg-chart-output",
};
