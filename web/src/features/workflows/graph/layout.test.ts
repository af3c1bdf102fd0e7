import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type LayoutEdge, type LayoutNode, layOut } from "./layout";

const BOX = { width: 208, height: 52 };

function nodes(count: number): LayoutNode[] {
  return Array.from({ length: count }, (_, index) => ({ id: `n${index}`, ...BOX }));
}

function edge(from: number, to: number, at: number, label = 0): LayoutEdge {
  return { key: `e${at}`, from: `n${from}`, to: `n${to}`, label };
}

function at(x: number, y: number): { x: number; y: number } {
  return { x, y };
}

/** Points along a path of curves and lines. */
function pointsOf(path: string): { x: number; y: number }[] {
  const found: { x: number; y: number }[] = [];
  let [x, y] = [0, 0];
  for (const [, command, rest = ""] of path.matchAll(/([MLC])([^MLC]*)/g)) {
    const numbers = rest
      .trim()
      .split(/[\s,]+/)
      .map(Number);
    const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0] = numbers;
    const [c1, c2, end] =
      command === "C"
        ? [at(a, b), at(c, d), at(e, f)]
        : [at((2 * x + a) / 3, (2 * y + b) / 3), at((x + 2 * a) / 3, (y + 2 * b) / 3), at(a, b)];
    for (let part = 0; command !== "M" && part <= 1; part += 0.02) {
      const [p, q] = [1 - part, part];
      const mix = (one: number, two: number, three: number, four: number) =>
        p ** 3 * one + 3 * p ** 2 * q * two + 3 * p * q ** 2 * three + q ** 3 * four;
      found.push(at(mix(x, c1.x, c2.x, end.x), mix(y, c1.y, c2.y, end.y)));
    }
    [x, y] = [end.x, end.y];
  }
  return found;
}

/** The nodes behind which an edge runs, but for its own ends. */
function crossed(given: readonly LayoutNode[], edges: readonly LayoutEdge[]): string[] {
  const { points, routes } = layOut({ nodes: given, edges });
  return edges.flatMap((each) =>
    given
      .filter(({ id }) => id !== each.from && id !== each.to)
      .filter(({ id }) => {
        const { x, y } = points[id] as { x: number; y: number };
        return pointsOf(routes[each.key]?.path ?? "").some(
          (point) => point.x > x + 1 && point.x < x + BOX.width - 1 && point.y > y + 1 && point.y < y + BOX.height - 1,
        );
      })
      .map(({ id }) => `${each.from}>${each.to} behind ${id}`),
  );
}

describe("the layout of a graph", () => {
  it("draws a node below all that lead to it, and a circle to its end", () => {
    const edges = [edge(0, 1, 0), edge(1, 2, 1), edge(2, 1, 2), edge(2, 3, 3)];

    const { points, routes } = layOut({ nodes: nodes(4), edges });

    const ys = [0, 1, 2, 3].map((at) => points[`n${at}`]?.y ?? 0);
    expect([...ys].sort((left, right) => left - right)).toEqual(ys);
    expect(Object.keys(routes)).toEqual(["e0", "e1", "e2", "e3"]);
  });

  it("leads a long edge past the nodes between its ends", () => {
    const edges = [edge(0, 1, 0), edge(1, 2, 1), edge(2, 3, 2), edge(0, 3, 3, 120), edge(3, 0, 4, 60)];

    expect(crossed(nodes(4), edges)).toEqual([]);
  });

  it("runs no edge behind a node and draws no node over another, whatever the graph", () => {
    const graphs = fc.integer({ min: 2, max: 14 }).chain((count) =>
      fc.tuple(
        fc.constant(count),
        fc.array(
          fc.tuple(fc.nat(count - 1), fc.nat(count - 1), fc.constantFrom(0, 60, 180)).filter(([from, to]) => from !== to),
          { maxLength: 24 },
        ),
      ),
    );
    fc.assert(
      fc.property(graphs, ([count, ways]) => {
        const edges = ways.map(([from, to, label], at) => edge(from, to, at, label));
        const { points } = layOut({ nodes: nodes(count), edges });
        const places = Object.values(points);
        for (const [at, one] of places.entries())
          for (const other of places.slice(at + 1))
            expect(Math.abs(one.x - other.x) >= BOX.width || Math.abs(one.y - other.y) >= BOX.height).toBe(true);
        expect(crossed(nodes(count), edges)).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });

  it("lays out 300 nodes", () => {
    const edges = Array.from({ length: 299 }, (_, at) => edge(Math.max(0, at - ((at * 7919) % 4)), at + 1, at));

    expect(Object.keys(layOut({ nodes: nodes(300), edges }).points)).toHaveLength(300);
  });
});
