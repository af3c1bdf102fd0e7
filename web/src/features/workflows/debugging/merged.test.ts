import { describe, expect, it } from "vitest";
import type { JsonObject } from "@/api/types";
import { mergedAt } from "./merged";

const node = (id: string, set: string, more: JsonObject = {}): JsonObject => ({
  id,
  type: "transform",
  set: { n: set },
  ...more,
});
const graph = (nodes: JsonObject[], edges: JsonObject[]): JsonObject => ({ nodes, edges });

describe("two versions drawn as one", () => {
  const before = graph(
    [node("a", "1"), node("b", "2"), node("c", "3", { position: { x: 1, y: 1 } })],
    [
      { from: "START", to: "a" },
      { from: "a", to: "b" },
      { from: "b", to: "c" },
      { from: "c", to: "END" },
    ],
  );
  const after = graph(
    [node("a", "5"), node("c", "3", { position: { x: 9, y: 9 } }), node("d", "4")],
    [
      { from: "START", to: "a" },
      { from: "a", to: "c", label: "on" },
      { from: "c", to: "END", label: "end" },
      { from: "c", to: "d" },
    ],
  );
  const merged = mergedAt(before, after, []);

  it("marks nodes, and a moved box is no change", () => {
    expect([...merged.nodes]).toEqual([
      ["a", "changed"],
      ["d", "added"],
      ["b", "removed"],
    ]);
  });

  it("marks edges and keeps removed ones", () => {
    const edges = merged.definition.edges as JsonObject[];
    const told = [...merged.edges].map(([index, mark]) => `${mark} ${edges[index]?.from}>${edges[index]?.to}`);
    expect(told).toEqual(["added a>c", "changed c>END", "added c>d", "removed a>b", "removed b>c"]);
  });

  it("sees what changed in a body", () => {
    const loop = (set: string): JsonObject => ({ id: "l", type: "loop", body: { nodes: [node("x", set)] } });
    const [one, two] = [graph([loop("1")], []), graph([loop("2")], [])];
    expect([...mergedAt(one, two, []).nodes]).toEqual([["l", "changed"]]);
    expect([...mergedAt(one, two, ["l"]).nodes]).toEqual([["x", "changed"]]);
    expect(mergedAt(one, two, ["l"]).edges.size).toBe(0);
  });
});
