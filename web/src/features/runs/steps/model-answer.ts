/** What a model has answered in a step: the stored answer, or as much as has come so far. */
import type { Json, Step } from "@/api/types";
import { NOTHING, type StepStream } from "../live/step-stream";
import { isObject, textOf } from "./json-text";

export interface ModelAnswer {
  readonly text: string;
  readonly reasoning: string;
  readonly calls: readonly Json[];
  readonly isLive: boolean;
  /** The model stopped because it was out of room, not because it had said all. */
  readonly isCutOff: boolean;
  /** The call ended before the answer was complete: this is its beginning. */
  readonly isPartial: boolean;
}

/** An event tells the end of a step before its row with the answer is read: what came by stream stands in until then. */
export function answerIn(step: Step, stream: StepStream | undefined): ModelAnswer {
  const isLive = step.status === "running";
  if (step.output === null) {
    const { text, reasoning } = stream ?? NOTHING;
    return { text, reasoning, calls: [], isLive, isCutOff: false, isPartial: false };
  }
  const output = isObject(step.output) ? step.output : {};
  return {
    text: textOf(step.output) ?? "",
    reasoning: typeof output.reasoning === "string" ? output.reasoning : "",
    calls: Array.isArray(output.tool_calls) ? output.tool_calls : [],
    isLive,
    isCutOff: output.finish_reason === "length",
    isPartial: output.is_partial === true,
  };
}
