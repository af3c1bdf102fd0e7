import { describe, expect, it } from "vitest";
import type { Step } from "@/api/types";
import type { GraphEdge } from "../graph/document";
import { statesOf, takenEdges } from "./states";

let count = 0;

function step(node: string | null, status: Step["status"], visit = 1, item: number | null = null): Step {
  count += 1;
  return { id: `s${count}`, node_id: node, status, visit, item_index: item, sequence: count } as Step;
}

describe("the states of a run's nodes", () => {
  it("has the status of the last visit, how many there were, and the last step", () => {
    const steps = [step("work", "failed"), step("work", "completed", 2), step(null, "completed")];

    const states = statesOf(steps, []);

    expect([...states.keys()]).toEqual(["work"]);
    expect(states.get("work")).toEqual({
      status: "completed",
      visits: 2,
      failed: 1,
      stepId: steps[1]?.id,
      taken: null,
    });
  });

  it("takes the last of several attempts", () => {
    const steps = [step("work", "failed"), step("work", "completed")];

    expect(statesOf(steps, []).get("work")).toMatchObject({ status: "completed", visits: 1, failed: 0 });
  });

  it("shows that the body of a map or a loop works, and counts its steps within", () => {
    const steps = [
      step("each", "completed"),
      step("each/look", "completed", 1, 0),
      step("each/look", "running", 1, 1),
      step("each/write", "failed", 1, 0),
    ];

    expect(statesOf(steps, []).get("each")?.status).toBe("running");
    expect(statesOf(steps, ["each"]).get("look")).toMatchObject({ status: "running", visits: 2 });
    expect(statesOf(steps, ["each"]).get("write")).toMatchObject({ status: "failed", failed: 1 });
  });

  it("knows nothing of nodes that were not reached", () => {
    expect(statesOf([step("other/a", "completed")], ["each"]).size).toBe(0);
  });
});

describe("the edges that a run went along", () => {
  const edges = [
    ["START", "size"],
    ["size", "small"],
    ["size", "large"],
    ["small", "END"],
    ["large", "END"],
  ].map(([from = "", to = ""], index): GraphEdge & { key: string } => ({
    key: `${from}>${to}`,
    index,
    from,
    to,
    label: "",
    kind: "plain",
  }));
  const decided = { ...step("size", "completed"), step_type: "decision", output: { taken: ["large"] } } as Step;

  it("are those that a decision took, and those between nodes that were reached", () => {
    const states = statesOf([decided, step("large", "completed")], []);

    expect([...takenEdges(edges, states, true)]).toEqual(["START>size", "size>large", "large>END"]);
    expect([...takenEdges(edges, states, false)]).toEqual(["START>size", "size>large"]);
  });

  it("are none before the run begins", () => {
    expect(takenEdges(edges, statesOf([], []), false).size).toBe(0);
  });
});
