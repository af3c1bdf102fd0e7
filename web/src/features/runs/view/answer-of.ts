import type { Run } from "@/api/types";
import { stringifyJson } from "@/lib/exact-json";

/** The text of a run's output, or its object as JSON. */
export function answerOf(output: Run["output"]): string | null {
  if (output === null || typeof output === "string") return output;
  if (typeof output !== "object") return String(output);
  const text = Array.isArray(output) ? undefined : output.text;
  return typeof text === "string" ? text : stringifyJson(output);
}
