import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { JsonObject, Run } from "@/api/types";
import type { RunEvent } from "../types";
import { EMPTY, fold, merge, mergeRun, type RunLists, type RunState, type StreamEvent } from "./fold";

const RUN = {
  id: "run-1",
  status: "pending",
  waiting_reason: null,
  started_at: null,
  completed_at: null,
  output: null,
  error_message: null,
  last_sequence: 0,
} as unknown as Run;
const START: RunState = { ...EMPTY, run: RUN };

function at(sequence: number): string {
  return new Date(1_700_000_000_000 + sequence * 1000).toISOString();
}

function event(sequence: number, type: string, data: JsonObject = {}): RunEvent {
  return { sequence, type, created_at: at(sequence), data };
}

/** What an event says of a step: everything but its input and output. */
function step(number: number, more: JsonObject = {}): JsonObject {
  return {
    step_id: `step-${number}`,
    sequence: number,
    step_name: "model",
    step_type: "llm_call",
    started_at: at(number),
    ...more,
  };
}

function done(number: number): JsonObject {
  return step(number, { status: "completed", completed_at: at(number + 1), duration_ms: 1000 });
}

function token(step_id: string, index: number, text: string): StreamEvent {
  return { type: "token", data: { step_id, index, text } };
}

describe("a run told by its events", () => {
  test("a started step is running, and the finished one takes its place", () => {
    const started = fold(START, [event(1, "run.started"), event(2, "step.started", step(1))]);
    expect(started.run?.status).toBe("running");
    expect(started.steps.map((s) => s.status)).toEqual(["running"]);

    const ended = fold(started, [event(3, "step.completed", done(1))]);

    expect(ended.steps).toHaveLength(1);
    expect(ended.steps[0]).toMatchObject({ id: "step-1", status: "completed", duration_ms: 1000 });
  });

  test("text grows, a late joiner gets the whole, and it stays until the stored step brings it", () => {
    let state = fold(START, [event(1, "step.started", step(1))]);
    state = fold(state, [token("step-1", 0, "Hello"), token("step-1", 5, ", wor"), token("step-1", 0, "Hello, world")]);
    expect(state.streams["step-1"]?.text).toBe("Hello, world");

    state = fold(state, [token("step-1", 7, "world"), token("step-1", 12, " 👋"), token("step-1", 14, "!")]);
    expect(state.streams["step-1"]?.text).toBe("Hello, world 👋!");

    state = fold(state, [event(2, "step.completed", done(1)), token("step-1", 15, "!")]);
    expect(state.streams["step-1"]?.text).toBe("Hello, world 👋!");

    const stored = { ...state.steps[0], output: { text: "Hello, world 👋!" } } as RunState["steps"][0];
    state = merge(state, { steps: [stored] });
    expect(state.streams).toEqual({});
    expect(state.steps).toEqual([stored]);
  });

  test("a model that begins its answer again replaces it, and a hole is not filled", () => {
    const state = fold(START, [
      token("step-1", 0, "Wrong"),
      token("step-1", 0, "Ri"),
      token("step-1", 2, "ght"),
      token("step-1", 9, "z"),
    ]);
    expect(state.streams["step-1"]?.text).toBe("Right");
  });

  test("waiting says why, and going on takes the reason away", () => {
    const waiting = fold(START, [event(1, "run.started"), event(2, "run.waiting", { waiting_reason: "approval" })]);
    expect(waiting.run).toMatchObject({ status: "waiting", waiting_reason: "approval" });

    expect(fold(waiting, [event(3, "run.resumed")]).run).toMatchObject({ status: "running", waiting_reason: null });
  });

  test("a step that waited for an answer runs again under its id", () => {
    const waiting = merge(START, {
      steps: [
        {
          id: "step-1",
          sequence: 1,
          status: "waiting",
          started_at: at(1),
          input: { a: 1 },
        } as unknown as RunState["steps"][0],
      ],
    });
    const state = fold(waiting, [event(5, "step.started", step(1, { started_at: at(4) }))]);

    expect(state.steps).toHaveLength(1);
    expect(state.steps[0]).toMatchObject({ status: "running", input: { a: 1 } });
    expect(merge(state, waiting).steps[0]?.status).toBe("running");
  });

  test("a question is pending until it is decided, and a decision stays", () => {
    const asked = fold(START, [
      event(1, "approval.requested", {
        id: "a",
        step_id: "s",
        kind: "tool_call",
        tool_name: "mail",
        arguments: {},
        reason: "",
      }),
    ]);
    expect(asked.approvals[0]).toMatchObject({ status: "pending", created_at: at(1), assignees: [], decisions: [] });

    const decided = fold(asked, [event(2, "approval.decided", { approval_id: "a", decision: "reject", comment: "no" })]);
    expect(decided.approvals[0]).toMatchObject({ status: "rejected", comment: "no" });
    expect(merge(decided, asked).approvals[0]?.status).toBe("rejected");
  });

  test("a thought that is thought again replaces itself", () => {
    const state = fold(START, [
      event(1, "thought", { id: "t1", node_id: "n", content: "old", parent_node_id: null }),
      event(2, "thought", { id: "t2", node_id: "n", content: "new", parent_node_id: null }),
    ]);
    expect(state.thoughts.map((t) => t.content)).toEqual(["new"]);
  });

  test("a stopped run keeps what was written so far, and forgets steps that wrote nothing", () => {
    const running = fold(START, [
      event(1, "run.started"),
      event(2, "step.started", step(1)),
      event(3, "step.started", step(2)),
      token("step-1", 0, "Half an ans"),
    ]);
    const state = fold(running, [event(4, "run.cancelled", { status: "cancelled" })]);

    expect(state.run).toMatchObject({ status: "cancelled", completed_at: at(4) });
    expect(state.steps).toHaveLength(1);
    expect(state.steps[0]).toMatchObject({
      status: "cancelled",
      error_message: null,
      output: { text: "Half an ans", is_partial: true },
    });
    expect(mergeRun(running, { ...RUN, status: "cancelled", completed_at: at(4) }).steps).toEqual(state.steps);
  });

  test("a failed run says why", () => {
    const state = fold(START, [event(1, "run.failed", { status: "failed", error: { message: "No model." } })]);
    expect(state.run).toMatchObject({ status: "failed", error_message: "No model." });
  });

  test("what the run's row already told is not told again", () => {
    const ended: RunState = { ...START, run: { ...RUN, status: "completed", last_sequence: 9 } };
    expect(fold(ended, [event(4, "run.waiting", { waiting_reason: "approval" })]).run?.status).toBe("completed");
    expect(mergeRun(ended, { ...RUN, status: "running" }).run?.status).toBe("completed");
  });
});

/** A plausible history: steps that start and finish, with logs, thoughts and artifacts between; and what the lists say of it. */
const history = fc
  .array(fc.constantFrom("step", "log", "thought", "artifact", "approval"), { maxLength: 40 })
  .map((kinds) => {
    const events: RunEvent[] = [event(1, "run.started")];
    const add = (type: string, data: JsonObject) => events.push(event(events.length + 1, type, data));
    kinds.forEach((kind, i) => {
      const id = String(i).padStart(4, "0");
      if (kind === "step") {
        add("step.started", step(i + 1));
        add("step.completed", done(i + 1));
      } else if (kind === "approval") {
        add("approval.requested", { id, step_id: "s", kind: "tool_call", tool_name: "t", arguments: {}, reason: "" });
        add("approval.decided", { approval_id: id, decision: "approve" });
      } else {
        add(kind, { id, node_id: id, message: kind });
      }
    });
    add("run.completed", { status: "completed", output: "done" });
    return events;
  });

/** The lists as a server would give them: what the events told, and the fields that only rows have. */
function listsOf(state: RunState): RunLists {
  return {
    steps: state.steps.map((s) => ({ ...s, input: { messages: [] }, output: { text: "x" } })),
    logs: state.logs.map((l) => ({ ...l, details: { a: 1 } })),
    thoughts: state.thoughts.map((t) => ({ ...t, metadata: { model: "m" } })),
    artifacts: state.artifacts,
    approvals: state.approvals.map((a) => ({ ...a, decided_by: "olga" })),
  };
}

describe("laws of the fold", () => {
  test("cutting the history anywhere makes no difference", () => {
    fc.assert(
      fc.property(history, fc.nat(100), (events, cut) => {
        expect(fold(fold(START, events.slice(0, cut)), events.slice(cut))).toEqual(fold(START, events));
      }),
    );
  });

  test("replaying any part of it changes nothing", () => {
    fc.assert(
      fc.property(history, fc.nat(100), (events, from) => {
        const whole = fold(START, events);
        expect(fold(whole, events.slice(from))).toEqual(whole);
      }),
    );
  });

  test("the fold of all events, with the lists, is what the lists alone say", () => {
    fc.assert(
      fc.property(history, (events) => {
        const folded = fold(START, events);
        const lists = listsOf(folded);
        const listed = merge({ ...EMPTY, run: folded.run, sequence: folded.sequence }, lists);
        expect(merge(folded, lists)).toEqual(listed);
        for (const key of ["steps", "logs", "thoughts", "artifacts", "approvals"] as const)
          expect(listed[key].map((row) => row.id)).toEqual(folded[key].map((row) => row.id));
      }),
    );
  });

  test("beginning with the lists and replaying the tail, or all, gives the same rows", () => {
    fc.assert(
      fc.property(history, fc.nat(100), fc.nat(30), (events, cut, overlap) => {
        const whole = fold(START, events);
        const early = fold(START, events.slice(0, cut));
        const snapshot = merge(
          { ...EMPTY, run: early.run, sequence: Math.max(0, early.sequence - overlap) },
          listsOf(early),
        );
        const later = merge(fold(snapshot, events), listsOf(whole));
        expect(later).toEqual(merge(whole, listsOf(whole)));
      }),
    );
  });
});
