import { describe, expect, test } from "vitest";
import type { Approval, Log, Run, Step, ToolCall } from "@/api/types";
import { EMPTY, type RunState } from "../live/fold";
import { filterLogs, pieces, searchOf } from "../logs/log-filter";
import { parsed, promptOf, textOf } from "../steps/json-text";
import { transcript } from "./transcript";

function step(id: string, more: Partial<Step>): Step {
  return {
    id,
    step_name: "model",
    step_type: "llm_call",
    status: "completed",
    input: null,
    output: null,
    error_message: null,
    usage: null,
    warnings: [],
    completed_at: "2026-01-01T00:00:00Z",
    duration_ms: 5,
    ...more,
  } as Step;
}

const RUN = {
  status: "completed",
  input: { prompt: "What is 6 × 7?" },
  output: { text: "42" },
  error_message: null,
} as unknown as Run;

function state(more: Partial<RunState>): RunState {
  return { ...EMPTY, run: RUN, ...more };
}

describe("a run as a conversation", () => {
  test("question, tool call, answer; the output that the answer said is not said twice", () => {
    const steps = [
      step("a", { output: { text: "", tool_calls: [] } }),
      step("b", { step_type: "tool", step_name: "calculator", input: { expression: "6*7" }, output: '{"result":42}' }),
      step("c", { output: { text: "42", finish_reason: "stop" } }),
    ];
    const items = transcript(state({ steps }), [
      { step_id: "b", tool_name: "calculator", arguments: { expression: "6*7" }, state: "succeeded" } as unknown as ToolCall,
    ]);

    expect(items.map((item) => item.kind)).toEqual(["prompt", "tool", "answer"]);
    expect(items[1]).toMatchObject({
      name: "calculator",
      arguments: { expression: "6*7" },
      output: { result: 42 },
      call: { state: "succeeded" },
    });
  });

  test("the one text that a workflow gives is not said twice, and is shown as text", () => {
    const run = { ...RUN, type: "workflow", output: { answer: "42" } } as Run;
    const steps = [step("a", { output: { text: "42", finish_reason: "stop" } })];

    expect(transcript(state({ run, steps }), []).map((item) => item.kind)).toEqual(["prompt", "answer"]);
    expect(transcript(state({ run }), []).at(-1)).toMatchObject({ kind: "answer", text: "42" });
    const two = { ...run, output: { answer: "42", unit: "kg" } } as Run;
    expect(transcript(state({ run: two, steps }), []).at(-1)).toMatchObject({
      text: '{\n  "answer": "42",\n  "unit": "kg"\n}',
    });
  });

  test("text on its way is shown as it comes", () => {
    const items = transcript(
      state({
        run: { ...RUN, status: "running" },
        steps: [step("a", { status: "running", completed_at: null })],
        streams: { a: { text: "4", reasoning: "six sevens" } },
      }),
      [],
    );
    expect(items.at(-1)).toMatchObject({ kind: "answer", text: "4", reasoning: "six sevens", isStreaming: true });
  });

  test("an approval stands at its tool call, or at the end when its step is not known", () => {
    const approvals = [
      { id: "p", step_id: "b" },
      { id: "q", step_id: "zz" },
    ] as Approval[];
    const items = transcript(
      state({ run: { ...RUN, status: "waiting" }, steps: [step("b", { step_type: "tool", status: "waiting" })], approvals }),
      [],
    );
    expect(items[1]).toMatchObject({ kind: "tool", approval: { id: "p" } });
    expect(items[2]).toMatchObject({ kind: "approval", approval: { id: "q" } });
  });

  test("a failed run ends with its reason", () => {
    expect(transcript(state({ run: { ...RUN, status: "failed", error_message: "No model." } }), []).at(-1)).toMatchObject({
      kind: "error",
      message: "No model.",
    });
  });
});

test("texts are found in messages, parts and outputs", () => {
  expect(textOf("a")).toBe("a");
  expect(textOf({ content: [{ type: "text", text: "a" }, { type: "image" }, { type: "text", text: "b" }] })).toBe("ab");
  expect(textOf({ result: 42 })).toBeNull();
  expect(promptOf({ city: "Bonn" })).toContain("Bonn");
  expect(parsed("[1,2]")).toEqual([1, 2]);
  expect(parsed("[half")).toBe("[half");
});

describe("log lines", () => {
  const logs = [
    { level: "info", message: "Time-out after 3 s" },
    { level: "error", message: "gave up" },
  ] as Log[];

  test("by level, text and expression", () => {
    expect(filterLogs(logs, { levels: ["error"], text: "" })).toHaveLength(1);
    expect(filterLogs(logs, { levels: [], text: "time-out" })).toHaveLength(1);
    expect(filterLogs(logs, { levels: [], text: "/time.?out/" })).toHaveLength(1);
    expect(filterLogs(logs, { levels: [], text: "/(/" })).toBe(logs);
    expect(searchOf("/(/")).toBe("invalid");
  });

  test("hits are cut out of the line", () => {
    expect(pieces("a b a", searchOf("a") as RegExp).map((p) => [p.text, p.isHit])).toEqual([
      ["a", true],
      [" b ", false],
      ["a", true],
    ]);
    expect(pieces("abc", null)).toHaveLength(1);
  });
});
