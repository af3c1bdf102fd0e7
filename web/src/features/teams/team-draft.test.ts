import { describe, expect, it } from "vitest";
import { moved } from "./team-draft";

describe("moved", () => {
  it("puts an item in another place and keeps the order of the others", () => {
    expect(moved(["a", "b", "c"], 0, 2)).toEqual(["b", "c", "a"]);
    expect(moved(["a", "b", "c"], 2, 0)).toEqual(["c", "a", "b"]);
  });
});
