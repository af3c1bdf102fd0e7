import { describe, expect, it } from "vitest";
import type { Team } from "@/api/types";
import { firstVariants, teamDraftOf } from "./comparison";

const member = (id: string) => ({ agent_id: id, team_id: null, position: 0, role: "", config: {}, name: id, icon: "bot" });
const TEAM = {
  type: "route",
  instructions: "Agree.",
  config: { leader_writes_task: true, partial_results: { policy: "quorum", quorum: 2 } },
  members: [member("one"), member("two")],
} as unknown as Team;

describe("variants of a team", () => {
  it("begin with the saved mode and another one, with all members", () => {
    expect(firstVariants(TEAM)).toEqual([
      { id: 0, type: "route", members: ["one", "two"] },
      { id: 1, type: "coordinate", members: ["one", "two"] },
    ]);
  });

  it("leave out of the configuration what their mode and roster do not allow", () => {
    const made = teamDraftOf(TEAM, { id: 0, type: "tasks", members: ["two"] });
    expect(made.members.map((each) => each.agent_id)).toEqual(["two"]);
    expect(made.config).toMatchObject({ leader_writes_task: false, partial_results: { policy: "quorum", quorum: 1 } });
    expect(teamDraftOf(TEAM, { id: 0, type: "route", members: ["one", "two"] }).config.leader_writes_task).toBe(true);
  });
});
