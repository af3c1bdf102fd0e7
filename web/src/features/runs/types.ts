/** The words of a run that the API's types do not name by themselves. */
import type { JsonObject, Log, RunStatus } from "@/api/types";

export type LogLevel = Log["level"];
export type { ThoughtType, ToolCallState } from "@/api/types";

/** A durable event of a run's stream. */
export interface RunEvent {
  readonly sequence: number;
  readonly type: string;
  readonly created_at: string;
  readonly data: JsonObject;
}

/** A piece of text on its way: `index` is where it begins in the step's whole text, in characters (code points). */
export interface Delta {
  readonly type: "token" | "reasoning";
  readonly data: { readonly step_id: string; readonly index: number; readonly text: string };
}

const OVER: ReadonlySet<RunStatus> = new Set<RunStatus>(["completed", "failed", "cancelled"]);

export function isOver(status: RunStatus): boolean {
  return OVER.has(status);
}
