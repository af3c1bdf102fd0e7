import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Thought } from "@/api/types";
import { closedBeyond, type Direction, type MapNode, mindMap } from "./mind-map";

function thought(id: number, parent: number | null): Thought {
  return {
    id: `t${id}`,
    node_id: `n${id}`,
    parent_node_id: parent === null ? null : `n${parent}`,
    node_type: "processing",
    content: "x".repeat(id % 7),
  } as Thought;
}

const trees = fc
  .array(fc.nat(1000), { minLength: 1, maxLength: 60 })
  .map((picks) => picks.map((pick, i) => thought(i, i === 0 ? null : pick % i)));

const measure = (t: Thought) => ({ width: 120 + t.content.length * 10, height: 30 + t.content.length * 9 });

function overlap(a: MapNode, b: MapNode): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}

describe.each<Direction>(["right", "down"])("a map that grows %s", (direction) => {
  test("shows every thought once, none over another, all inside the frame", () => {
    fc.assert(
      fc.property(trees, (thoughts) => {
        const map = mindMap(thoughts, { closed: new Set(), direction, measure });
        expect(map.nodes.map((n) => n.thought.id).sort()).toEqual(thoughts.map((t) => t.id).sort());
        expect(map.edges).toHaveLength(thoughts.length - 1);
        map.nodes.forEach((a, i) => {
          expect(a.x >= 0 && a.y >= 0 && a.x + a.width <= map.width + 1e-6 && a.y + a.height <= map.height + 1e-6).toBe(
            true,
          );
          for (const b of map.nodes.slice(i + 1)) expect(overlap(a, b)).toBe(false);
        });
      }),
      { numRuns: 60 },
    );
  });
});

describe("folding", () => {
  const chain = [thought(0, null), thought(1, 0), thought(2, 1), thought(3, 1)];

  test("a folded thought says how many it hides", () => {
    const map = mindMap(chain, { closed: new Set(["n1"]), direction: "right", measure });
    expect(map.nodes.map((n) => [n.thought.node_id, n.hiddenCount])).toEqual([
      ["n0", 0],
      ["n1", 2],
    ]);
  });

  test("a depth folds what lies beyond it", () => {
    expect(closedBeyond(chain, 2)).toEqual(new Set(["n1"]));
    expect(closedBeyond(chain, 9)).toEqual(new Set());
  });

  test("thoughts without a known parent, and loops, still show", () => {
    const odd = [thought(5, 9), { ...thought(1, 2) }, { ...thought(2, 1) }];
    const map = mindMap(odd, { closed: new Set(), direction: "right", measure });
    expect(map.nodes.map((n) => n.thought.node_id)).toEqual(["n5", "n1", "n2"]);
  });

  test("no thoughts make an empty map", () => {
    expect(mindMap([], { closed: new Set(), direction: "right", measure })).toEqual({
      nodes: [],
      edges: [],
      width: 0,
      height: 0,
    });
  });
});
