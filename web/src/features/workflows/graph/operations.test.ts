import { describe, expect, it } from "vitest";
import type { JsonObject } from "@/api/types";
import {
  addNode,
  connect,
  freeId,
  freeTargets,
  moveNodes,
  problemOfEdge,
  problemOfId,
  removeEdge,
  removeNodes,
  renameNode,
  setEdge,
  setField,
  tidy,
} from "./operations";

const STEP: JsonObject = { type: "transform", set: { n: "1" } };

function row(...ids: string[]): JsonObject {
  const names = ["START", ...ids, "END"];
  return {
    nodes: ids.map((id) => ({ id, ...STEP })),
    edges: names.slice(1).map((to, at) => ({ from: names[at] as string, to })),
  };
}

function pairs(definition: JsonObject): string[] {
  return (definition.edges as JsonObject[]).map((edge) => `${edge.from}>${edge.to}`);
}

function looped(body: JsonObject): JsonObject {
  return { nodes: [{ id: "again", type: "loop", max: 3, until: "True", body }], edges: [] };
}

function bodyOf(definition: JsonObject): JsonObject {
  return (definition.nodes as JsonObject[])[0]?.body as JsonObject;
}

describe("adding a node", () => {
  it("ties the first node of a graph to its ends", () => {
    expect(pairs(addNode({ nodes: [] }, [], { id: "a", ...STEP }, null))).toEqual(["START>a", "a>END"]);
  });

  it("puts a node on the only plain edge of the one before it", () => {
    expect(pairs(addNode(row("a", "b"), [], { id: "c", ...STEP }, "a"))).toEqual(["START>a", "a>c", "c>b", "b>END"]);
  });

  it("gives a node an edge of its own after one that chooses", () => {
    const chosen = setEdge(row("a"), [], 1, "when", "result > 1");

    expect(pairs(addNode(chosen, [], { id: "c", ...STEP }, "a"))).toEqual(["START>a", "a>END", "a>c"]);
  });

  it("leaves a node alone when none is chosen, and a note always", () => {
    expect(pairs(addNode(row("a"), [], { id: "c", ...STEP }, null))).toEqual(["START>a", "a>END"]);
    expect(pairs(addNode(row("a"), [], { id: "c", type: "note" }, "a"))).toEqual(["START>a", "a>END"]);
  });

  it("writes the edges that a body without edges has", () => {
    const body = {
      nodes: [
        { id: "a", ...STEP },
        { id: "b", ...STEP },
      ],
    };

    const added = addNode(looped(body), ["again"], { id: "c", ...STEP }, "a");

    expect(pairs(bodyOf(added))).toEqual(["START>a", "a>c", "c>b", "b>END"]);
  });

  it("counts ids on", () => {
    expect(freeId(row("tool", "tool_2"), "tool")).toBe("tool_3");
    expect(freeId(row("a"), "tool")).toBe("tool");
  });
});

describe("removing", () => {
  it("closes the gap that one node leaves in a row", () => {
    expect(pairs(removeNodes(row("a", "b", "c"), [], new Set(["b"])))).toEqual(["START>a", "c>END", "a>c"]);
  });

  it("keeps the condition of the edge into the gap, and leaves no gap closed that chose", () => {
    const into = setEdge(row("a", "b"), [], 1, "when", "x");
    const outOf = setEdge(row("a", "b"), [], 2, "when", "x");

    expect(removeNodes(into, [], new Set(["b"])).edges).toContainEqual({ from: "a", to: "END", when: "x" });
    expect(pairs(removeNodes(outOf, [], new Set(["b"])))).toEqual(["START>a"]);
  });

  it("removes several nodes, their edges, and error routes to them", () => {
    const routed = setField(row("a", "b", "c"), [], "a", "on_error", { goto: "c" });

    const left = removeNodes(routed, [], new Set(["b", "c"]));

    expect(left.nodes).toEqual([{ id: "a", ...STEP }]);
    expect(pairs(left)).toEqual(["START>a"]);
  });

  it("removes one edge of several that are alike", () => {
    expect(pairs(removeEdge(row("a"), [], 0))).toEqual(["a>END"]);
  });
});

describe("renaming", () => {
  it("renames a node in its edges and in error routes", () => {
    const routed = setField(row("a", "b"), [], "a", "on_error", { goto: "b" });

    const renamed = renameNode(routed, [], "b", "beta");

    expect(pairs(renamed)).toEqual(["START>a", "a>beta", "beta>END"]);
    expect((renamed.nodes as JsonObject[])[0]?.on_error).toEqual({ goto: "beta" });
  });

  it("refuses what is no id, an end, and the id of another", () => {
    const graph = row("a", "b");

    for (const bad of ["", "1a", "a b", "START", "END", "b"]) expect(problemOfId(graph, "a", bad), bad).toBeDefined();
    expect(problemOfId(graph, "a", "alpha-1")).toBeUndefined();
    expect(renameNode(graph, [], "a", "b")).toBe(graph);
  });
});

describe("connecting", () => {
  it("bounds an edge that closes a circle", () => {
    expect(connect(row("a", "b"), [], "b", "a").edges).toContainEqual({ from: "b", to: "a", max_visits: 3 });
    expect(connect(row("a", "b"), [], "a", "END").edges).toContainEqual({ from: "a", to: "END" });
  });

  it("refuses ends the wrong way round, notes, unknown nodes and the same edge again", () => {
    const graph = {
      ...row("a"),
      nodes: [
        { id: "a", ...STEP },
        { id: "n", type: "note", text: "" },
      ],
    };
    const wrong = [
      ["END", "a"],
      ["a", "START"],
      ["START", "END"],
      ["a", "n"],
      ["a", "nowhere"],
      ["a", "END"],
    ] as const;

    for (const [from, to] of wrong) {
      expect(problemOfEdge(graph, from, to), `${from} to ${to}`).toBeDefined();
      expect(connect(graph, [], from, to)).toBe(graph);
    }
  });

  it("offers just the nodes to which an edge can lead", () => {
    const graph = row("a", "b", "c");

    for (const from of ["START", "a", "b", "c", "END"])
      expect(freeTargets(graph, from)).toEqual(
        ["a", "b", "c", "END"].filter((to) => problemOfEdge(graph, from, to) === undefined),
      );
  });
});

describe("what is drawn", () => {
  it("writes whole positions, and forgets them", () => {
    const moved = moveNodes(row("a", "b"), [], new Map([["a", { x: 1.4, y: -2.6 }]]));

    expect((moved.nodes as JsonObject[])[0]?.position).toEqual({ x: 1, y: -3 });
    expect(tidy(moved, [])).toEqual(row("a", "b"));
  });

  it("changes nothing of a document that is tidy, or at a scope that is not there", () => {
    const definition = row("a");

    expect(tidy(definition, [])).toBe(definition);
    expect(setField(definition, ["nowhere"], "a", "name", "A")).toBe(definition);
  });

  it("does not touch what it was given", () => {
    const definition = row("a", "b");
    const before = structuredClone(definition);

    renameNode(removeNodes(addNode(definition, [], { id: "c", ...STEP }, "a"), [], new Set(["b"])), [], "c", "d");

    expect(definition).toEqual(before);
  });
});
