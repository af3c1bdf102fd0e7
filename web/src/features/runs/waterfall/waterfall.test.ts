import { describe, expect, test } from "vitest";
import type { Approval, Run, Step } from "@/api/types";
import { NO_FILTER, nextError, treeRows } from "../steps/step-tree-rows";
import { timeSplit } from "./time-split";
import { criticalPath, waterfall } from "./waterfall";

const T0 = Date.parse("2026-01-01T00:00:00Z");
const iso = (ms: number) => new Date(T0 + ms).toISOString();

function step(id: string, from: number, to: number | null, more: Partial<Step> = {}): Step {
  return {
    id,
    run_id: "run",
    parent_step_id: null,
    sequence: from,
    step_name: id,
    step_type: "llm_call",
    status: to === null ? "running" : "completed",
    input: null,
    output: null,
    error_message: null,
    usage: null,
    warnings: [],
    node_id: null,
    visit: null,
    item_index: null,
    source: "executed",
    started_at: iso(from),
    completed_at: to === null ? null : iso(to),
    duration_ms: to === null ? null : to - from,
    created_at: iso(from),
    ...more,
  };
}

function run(more: Partial<Run> = {}): Run {
  return { status: "completed", created_at: iso(0), started_at: iso(100), completed_at: iso(4000), ...more } as Run;
}

describe("rows of the tree", () => {
  const steps = [
    step("team", 0, 10),
    step("a", 1, 5, { parent_step_id: "team" }),
    step("b", 5, 9, { parent_step_id: "team", status: "failed", error_message: "no route", step_type: "tool" }),
    step("lost", 9, 10, { parent_step_id: "nobody" }),
  ];

  test("children stand under their parent, orphans at the top", () => {
    const rows = treeRows(steps, new Set(), NO_FILTER);
    expect(rows.map((row) => [row.step.id, row.depth, row.position, row.siblings])).toEqual([
      ["team", 0, 1, 2],
      ["a", 1, 1, 2],
      ["b", 1, 2, 2],
      ["lost", 0, 2, 2],
    ]);
  });

  test("a closed step hides what is under it", () => {
    expect(treeRows(steps, new Set(["team"]), NO_FILTER).map((row) => row.step.id)).toEqual(["team", "lost"]);
  });

  test("a filter keeps the way to what it finds, closed or not", () => {
    const rows = treeRows(steps, new Set(["team"]), { ...NO_FILTER, errorsOnly: true });
    expect(rows.map((row) => [row.step.id, row.isContext])).toEqual([
      ["team", true],
      ["b", false],
    ]);
  });

  test("the next error goes round", () => {
    expect(nextError(steps, undefined, 1)?.id).toBe("b");
    expect(nextError(steps, "b", 1)?.id).toBe("b");
    expect(nextError(steps, "lost", -1)?.id).toBe("b");
    expect(nextError([step("a", 0, 1)], undefined, 1)).toBeUndefined();
  });
});

describe("the waterfall", () => {
  test("bars follow one another and the first token has its tick", () => {
    const steps = [step("one", 100, 2000, { usage: { first_token_ms: 900 } }), step("two", 2000, 4000)];
    const { bars, queued } = waterfall(run(), treeRows(steps, new Set(), NO_FILTER), steps, [], T0 + 4000);

    expect(bars[0]?.at).toBeCloseTo(0.025);
    expect(bars[0]?.firstTokenAt).toBeCloseTo(0.25);
    expect((bars[0]?.at ?? 0) + (bars[0]?.share ?? 0)).toBeCloseTo(bars[1]?.at ?? 0);
    expect(queued?.duration_ms).toBe(100);
  });

  test("a running step reaches to now", () => {
    const steps = [step("one", 100, null)];
    const live = waterfall(
      run({ status: "running", completed_at: null }),
      treeRows(steps, new Set(), NO_FILTER),
      steps,
      [],
      T0 + 1100,
    );
    expect(live.bars[0]?.duration_ms).toBe(1000);
  });

  test("the time a person took is folded away", () => {
    const asked = { created_at: iso(2000), decided_at: iso(252_000) } as Approval;
    const steps = [step("one", 100, 2000), step("tool", 2000, 254_000, { step_type: "tool" })];
    const { axis } = waterfall(
      run({ completed_at: iso(254_000) }),
      treeRows(steps, new Set(), NO_FILTER),
      steps,
      [asked],
      T0 + 254_000,
    );
    expect(axis.segments.filter((s) => s.folded)).toHaveLength(1);
  });
});

describe("what decided the length", () => {
  test("of two parallel steps the longer one, and what stands around it", () => {
    const steps = [
      step("team", 0, 500),
      step("plan", 0, 100, { parent_step_id: "team" }),
      step("short", 100, 200, { parent_step_id: "team" }),
      step("long", 100, 450, { parent_step_id: "team" }),
      step("end", 450, 500, { parent_step_id: "team" }),
    ];
    expect([...criticalPath(steps, T0)].sort()).toEqual(["end", "long", "plan", "team"]);
  });

  test("every instant of the run is booked to one cause", () => {
    const asked = { created_at: iso(1500), decided_at: iso(3000) } as Approval;
    const steps = [
      step("model", 100, 1100, { usage: { first_token_ms: 300 } }),
      step("tool", 1500, 3200, { step_type: "tool" }),
    ];
    const split = timeSplit(run(), steps, [asked], T0 + 4000);

    expect(Object.fromEntries(split.map((s) => [s.cause, s.ms]))).toEqual({
      queued: 100,
      first_token: 300,
      streaming: 700,
      tool: 200,
      person: 1500,
      other: 1200,
    });
  });
});
