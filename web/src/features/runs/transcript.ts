/** A run as a conversation that a person can read: what was asked, what was answered, which tools were called between. */

import type { Approval, Json, JsonObject, Run, Step, ToolCall } from "@/api/types";
import type { RunState } from "./fold";
import { isOver } from "./types";

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
  const items: TranscriptItem[] = [{ kind: "prompt", key: "prompt", text: promptOf(run.input) }];
  const shown = new Set<string>();
  for (const step of state.steps) {
    if (step.step_type === "llm_call") {
      const answer = answerOf(step, state);
      if (answer) items.push(answer);
    } else if (step.step_type === "tool") {
      const approval = state.approvals.findLast((one) => one.step_id === step.id) ?? null;
      if (approval) shown.add(approval.id);
      items.push(toolItem(step, calls.find((call) => call.step_id === step.id) ?? null, approval));
    }
  }
  for (const approval of state.approvals) {
    if (!shown.has(approval.id)) items.push({ kind: "approval", key: approval.id, approval });
  }
  items.push(...ending(run, items));
  return items;
}

function answerOf(step: Step, state: RunState): TranscriptItem | null {
  const stream = state.streams[step.id];
  const isStreaming = step.status === "running";
  const text = isStreaming ? (stream?.text ?? "") : (textOf(step.output) ?? "");
  const reasoning = isStreaming ? (stream?.reasoning ?? "") : (fieldOf(step.output, "reasoning") ?? "");
  if (!isStreaming && text === "" && reasoning === "") return null;
  return { kind: "answer", key: step.id, stepId: step.id, text, reasoning, isStreaming, model: step.usage?.model ?? null };
}

function toolItem(step: Step, call: ToolCall | null, approval: Approval | null): TranscriptItem {
  return {
    kind: "tool",
    key: step.id,
    stepId: step.id,
    name: call?.tool_name ?? step.step_name,
    arguments: step.input ?? call?.arguments ?? null,
    output: parsed(step.output),
    status: step.status,
    duration_ms: step.duration_ms,
    error: step.error_message,
    call,
    approval,
  };
}

/** The end, where the steps have not said it already: a final text, or why there is none. */
function ending(run: Run, items: readonly TranscriptItem[]): TranscriptItem[] {
  if (!isOver(run.status)) return [];
  if (run.status === "failed") return [{ kind: "error", key: "error", message: run.error_message ?? "The run failed." }];
  const last = items.findLast((item) => item.kind === "answer");
  const text = textOf(run.output);
  if (
    run.status !== "completed" ||
    text === null ||
    text === "" ||
    (last?.kind === "answer" && last.text.trim() === text.trim())
  )
    return [];
  return [{ kind: "answer", key: "output", stepId: null, text, reasoning: "", isStreaming: false, model: null }];
}

/** What was asked, as text: the prompt when there is one, else the whole input. */
export function promptOf(input: Json): string {
  return (
    fieldOf(input, "prompt") ??
    fieldOf(input, "content") ??
    (typeof input === "string" ? input : JSON.stringify(input, null, 2))
  );
}

/** The text in a message, an answer or an output; null when there is none. */
export function textOf(value: Json | undefined): string | null {
  if (typeof value === "string") return value;
  if (Array.isArray(value)) {
    const parts = value.map((part) =>
      isObject(part) && part.type === "text" && typeof part.text === "string" ? part.text : null,
    );
    return parts.some((part) => part !== null) ? parts.filter((part) => part !== null).join("") : null;
  }
  if (!isObject(value)) return null;
  for (const key of ["text", "content", "output", "answer", "message"]) {
    if (key in value) {
      const text = textOf(value[key]);
      if (text !== null) return text;
    }
  }
  return null;
}

/** A text that is a JSON object or list reads better as what it is. */
export function parsed(value: Json): Json {
  if (typeof value !== "string" || !/^\s*[[{]/.test(value)) return value;
  try {
    return JSON.parse(value) as Json;
  } catch {
    return value;
  }
}

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function fieldOf(value: Json, key: string): string | null {
  const field = isObject(value) ? value[key] : undefined;
  return typeof field === "string" ? field : null;
}
