import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { EMPTY, fold, type RunState, type StreamEvent } from "./fold";
import type { JsonObject, Run, RunEvent } from "./types";

const RUN = { id: "run-1", status: "pending", waiting_reason: null, started_at: null, completed_at: null, output: null, last_sequence: 0 } as unknown as Run;
const START: RunState = { ...EMPTY, run: RUN };

function at(sequence: number): string {
  return new Date(1_700_000_000_000 + sequence * 1000).toISOString();
}

function event(sequence: number, type: string, data: JsonObject = {}): RunEvent {
  return { sequence, type, created_at: at(sequence), data };
}

function step(sequence: number, status: string, more: JsonObject = {}): JsonObject {
  return { id: `step-${sequence}`, sequence, step_name: "model", step_type: "llm_call", started_at: at(sequence), status, ...more };
}

describe("a run told by its events", () => {
  test("a started step is running, and the finished one takes its place", () => {
    const started = fold(START, [event(1, "run.started"), event(2, "step.started", step(1, "running"))]);
    expect(started.run?.status).toBe("running");
    expect(started.steps.map((s) => s.status)).toEqual(["running"]);

    const done = fold(started, [event(3, "step.completed", step(1, "completed", { completed_at: at(3), output: "hi" }))]);

    expect(done.steps).toHaveLength(1);
    expect(done.steps[0]).toMatchObject({ status: "completed", output: "hi" });
  });

  test("a step whose place was not known when it started moves to its place", () => {
    const { sequence: _, ...unplaced } = step(1, "running");
    const state = fold(START, [
      event(7, "step.started", unplaced),
      event(8, "step.completed", step(1, "completed", { completed_at: at(8) })),
    ]);

    expect(state.steps.map((s) => s.sequence)).toEqual([1]);
  });

  test("text grows, a late joiner gets the whole, and the stored step replaces it", () => {
    let state = fold(START, [event(1, "step.started", step(1, "running"))]);
    state = fold(state, [token("step-1", 0, "Hello"), token("step-1", 5, ", wor"), token("step-1", 0, "Hello, world")]);
    expect(state.streams["step-1"]?.text).toBe("Hello, world");

    state = fold(state, [token("step-1", 3, "lo")]);
    expect(state.streams["step-1"]?.text).toBe("Hello, world");

    state = fold(state, [event(2, "step.completed", step(1, "completed", { completed_at: at(2) })), token("step-1", 12, "!")]);
    expect(state.streams).toEqual({});
  });

  test("a chunk that would leave a hole is dropped", () => {
    const state = fold(START, [token("step-1", 0, "ab"), token("step-1", 9, "z")]);
    expect(state.streams["step-1"]?.text).toBe("ab");
  });

  test("waiting says why, and going on takes the reason away", () => {
    const waiting = fold(START, [event(1, "run.started"), event(2, "run.waiting", { waiting_reason: "approval" })]);
    expect(waiting.run).toMatchObject({ status: "waiting", waiting_reason: "approval" });

    expect(fold(waiting, [event(3, "run.resumed")]).run).toMatchObject({ status: "running", waiting_reason: null });
  });

  test("the end brings output and clears what was on its way", () => {
    const state = fold(START, [event(1, "run.started"), token("step-9", 0, "x"), event(2, "run.completed", { output: { text: "x" } })]);
    expect(state.run).toMatchObject({ status: "completed", output: { text: "x" }, completed_at: at(2) });
    expect(state.streams).toEqual({});
  });

  test("what the lists already told is not told again", () => {
    const finished: RunState = { ...START, run: { ...RUN, status: "completed", last_sequence: 9 } };
    expect(fold(finished, [event(4, "run.waiting", { waiting_reason: "approval" })]).run?.status).toBe("completed");

    const decided: RunState = { ...START, approvals: [{ id: "a", status: "approved" } as never] };
    expect(fold(decided, [event(1, "approval.requested", { id: "a", status: "pending" })]).approvals[0]?.status).toBe("approved");
  });
});

function token(step_id: string, index: number, text: string): StreamEvent {
  return { type: "token", data: { step_id, index, text } };
}

/** A plausible history: steps that start and finish, with logs, thoughts and artifacts between. */
const history = fc
  .array(fc.constantFrom("step", "log", "thought", "artifact", "approval"), { maxLength: 40 })
  .map((kinds) => {
    const events: RunEvent[] = [event(1, "run.started")];
    const add = (type: string, data: JsonObject) => events.push(event(events.length + 1, type, data));
    kinds.forEach((kind, i) => {
      const id = String(i).padStart(4, "0");
      if (kind === "step") {
        add("step.started", { ...step(i, "running"), id });
        add("step.completed", { ...step(i, "completed", { completed_at: at(i + 1) }), id });
      } else if (kind === "approval") {
        add("approval.requested", { id, status: "pending" });
        add("approval.decided", { id, status: "approved" });
      } else {
        add(kind, { id, message: kind });
      }
    });
    add("run.completed", { output: "done" });
    return events;
  });

describe("laws of the fold", () => {
  test("cutting the history anywhere makes no difference", () => {
    fc.assert(
      fc.property(history, fc.nat(100), (events, cut) => {
        const whole = fold(START, events);
        const parts = fold(fold(START, events.slice(0, cut)), events.slice(cut));
        expect(parts).toEqual(whole);
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

  test("beginning with the lists and replaying the tail gives the same picture", () => {
    fc.assert(
      fc.property(history, fc.nat(100), fc.nat(20), (events, cut, overlap) => {
        const whole = fold(START, events);
        const listed = fold(START, events.slice(0, cut));
        const snapshot = { ...listed, sequence: Math.max(0, listed.sequence - overlap) };
        expect(fold(snapshot, events)).toEqual(whole);
      }),
    );
  });

  test("every stored row is in the picture once", () => {
    fc.assert(
      fc.property(history, (events) => {
        const state = fold(START, [...events, ...events]);
        for (const [key, type] of [["logs", "log"], ["thoughts", "thought"], ["artifacts", "artifact"], ["steps", "step.completed"]] as const) {
          const stored = events.filter((e) => e.type === type).map((e) => e.data.id);
          expect(state[key].map((row) => row.id)).toEqual(stored);
        }
      }),
    );
  });
});
