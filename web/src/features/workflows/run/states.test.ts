import { describe, expect, it } from "vitest";
import type { Step } from "@/api/types";
import { statesOf } from "./states";

let count = 0;

function step(node: string | null, status: Step["status"], visit = 1): Step {
  count += 1;
  return { id: `s${count}`, node_id: node, status, visit, sequence: count } as Step;
}

describe("the states of a run's nodes", () => {
  it("has the status of the last visit, how many there were, and the last step", () => {
    const steps = [step("work", "failed"), step("work", "completed", 2), step(null, "completed")];

    const states = statesOf(steps, []);

    expect([...states.keys()]).toEqual(["work"]);
    expect(states.get("work")).toEqual({ status: "completed", visits: 2, failed: 1, stepId: steps[1]?.id });
  });

  it("shows that the body of a map or a loop works, and counts its steps within", () => {
    const steps = [
      step("each", "completed"),
      step("each/look", "completed"),
      step("each/look", "running"),
      step("each/write", "failed"),
    ];

    expect(statesOf(steps, []).get("each")?.status).toBe("running");
    expect(statesOf(steps, ["each"]).get("look")).toMatchObject({ status: "running", visits: 2 });
    expect(statesOf(steps, ["each"]).get("write")).toMatchObject({ status: "failed", failed: 1 });
  });

  it("knows nothing of nodes that were not reached", () => {
    expect(statesOf([step("other/a", "completed")], ["each"]).size).toBe(0);
  });
});
