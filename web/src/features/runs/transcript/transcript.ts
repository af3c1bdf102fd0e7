/** A run as a conversation that a person can read: what was asked, what was answered, which tools were called between. */

import type { Approval, Json, JsonObject, Run, Step, StepWarning, ToolCall } from "@/api/types";
import { stringifyJson } from "@/lib/exact-json";
import type { RunState } from "../live/fold";
import { parsed, promptOf, textOf } from "../steps/json-text";
import { answerIn } from "../steps/model-answer";
import { isOver } from "../types";

export type TranscriptItem =
  | { readonly kind: "prompt"; readonly key: string; readonly text: string }
  | {
      readonly kind: "answer";
      readonly key: string;
      readonly stepId: string | null;
      readonly text: string;
      readonly reasoning: string;
      readonly isStreaming: boolean;
      readonly model: string | null;
      readonly isPartial: boolean;
      readonly warnings: readonly StepWarning[];
    }
  | {
      readonly kind: "tool";
      readonly key: string;
      readonly stepId: string;
      readonly name: string;
      readonly arguments: Json;
      readonly output: Json;
      readonly status: Step["status"];
      readonly duration_ms: number | null;
      readonly error: string | null;
      readonly call: ToolCall | null;
      readonly approval: Approval | null;
    }
  | { readonly kind: "approval"; readonly key: string; readonly approval: Approval }
  | { readonly kind: "error"; readonly key: string; readonly message: string };

export function transcript(state: RunState, calls: readonly ToolCall[]): TranscriptItem[] {
  const { run } = state;
  if (!run) return [];
  const asked = new Set(state.steps.filter((step) => step.step_type === "tool").map((step) => step.id));
  const items: TranscriptItem[] = [
    { kind: "prompt", key: "prompt", text: promptOf(run.input) },
    ...state.steps.flatMap((step) => itemOf(step, state, calls) ?? []),
    ...state.approvals
      .filter((approval) => approval.step_id === null || !asked.has(approval.step_id))
      .map((approval) => ({ kind: "approval" as const, key: approval.id, approval })),
  ];
  return [...items, ...ending(run, items)];
}

function itemOf(step: Step, state: RunState, calls: readonly ToolCall[]): TranscriptItem | null {
  if (step.step_type === "llm_call") return answerOf(step, state);
  if (step.step_type !== "tool") return null;
  const call = calls.find((one) => one.step_id === step.id) ?? null;
  return toolItem(step, call, state.approvals.findLast((one) => one.step_id === step.id) ?? null);
}

function answerOf(step: Step, state: RunState): TranscriptItem | null {
  const { text, reasoning, isLive, isPartial } = answerIn(step, state.streams[step.id]);
  if (!isLive && text === "" && reasoning === "" && step.warnings.length === 0) return null;
  return {
    kind: "answer",
    key: step.id,
    stepId: step.id,
    text,
    reasoning,
    isStreaming: isLive,
    model: step.usage?.model ?? null,
    isPartial,
    warnings: step.warnings,
  };
}

function toolItem(step: Step, call: ToolCall | null, approval: Approval | null): TranscriptItem {
  return {
    kind: "tool",
    key: step.id,
    stepId: step.id,
    name: call?.tool_name ?? step.step_name,
    // A step that waits for a connection records what it asks for, not the call.
    arguments: (approval?.kind === "connect" ? call?.arguments : null) ?? step.input ?? call?.arguments ?? null,
    output: parsed(step.output),
    status: step.status,
    duration_ms: step.duration_ms,
    error: step.error_message,
    call,
    approval,
  };
}

const PLAIN = { model: null, isPartial: false, warnings: [] };

/** What a workflow gives: one text, whatever its name, or all of it as JSON. */
function shown(output: Json): string {
  const values = isObject(output) ? Object.values(output) : [output];
  const [only] = values;
  return values.length === 1 && typeof only === "string" ? only : stringifyJson(output, 2);
}

function isObject(value: Json): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The end, where the steps have not said it already: a final text, or why there is none. */
function ending(run: Run, items: readonly TranscriptItem[]): TranscriptItem[] {
  if (!isOver(run.status)) return [];
  if (run.status === "failed") return [{ kind: "error", key: "error", message: run.error_message ?? "The run failed." }];
  const last = items.findLast((item) => item.kind === "answer");
  const text = run.type === "workflow" && run.output !== null ? shown(run.output) : textOf(run.output);
  if (
    run.status !== "completed" ||
    text === null ||
    text === "" ||
    (last?.kind === "answer" && last.text.trim() === text.trim())
  )
    return [];
  return [{ kind: "answer", key: "output", stepId: null, text, reasoning: "", isStreaming: false, ...PLAIN }];
}
