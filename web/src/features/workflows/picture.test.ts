import { describe, expect, it } from "vitest";
import { draw } from "./picture";

function document(edges: object[], nodes: object[]) {
  return { nodes, edges } as never;
}

describe("the picture of a workflow", () => {
  it("draws a node below all that lead to it, and END last", () => {
    const nodes = ["a", "b", "c"].map((id) => ({ id, type: "transform" }));
    const pairs = [
      ["START", "a"],
      ["START", "b"],
      ["a", "b"],
      ["b", "c"],
      ["c", "END"],
    ];

    const picture = draw(
      document(
        pairs.map(([from, to]) => ({ from, to })),
        nodes,
      ),
    );

    const y = Object.fromEntries(picture.nodes.map((node) => [node.id, node.y]));
    expect(y.START).toBeLessThan(y.a as number);
    expect(y.a).toBeLessThan(y.b as number);
    expect(y.b).toBeLessThan(y.c as number);
    expect(y.c).toBeLessThan(y.END as number);
  });

  it("ends for a circle, and shows conditions and error routes", () => {
    const nodes = [
      { id: "work", type: "tool", on_error: { goto: "tell" } },
      { id: "again", type: "condition" },
      { id: "tell", type: "transform" },
    ];
    const edges = [
      { from: "START", to: "work" },
      { from: "work", to: "again" },
      { from: "again", to: "work", when: "state['n'] < 3", max_visits: 3 },
      { from: "again", to: "END", else: true },
      { from: "nowhere", to: "END" },
    ];

    const picture = draw(document(edges, nodes));

    expect(picture.edges.map((edge) => [edge.from.id, edge.to.id, edge.kind, edge.label])).toEqual([
      ["START", "work", "plain", ""],
      ["work", "again", "plain", ""],
      ["again", "work", "back", "state['n'] < 3"],
      ["again", "END", "else", "else"],
      ["work", "tell", "error", "on error"],
    ]);
  });
});
