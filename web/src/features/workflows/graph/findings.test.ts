import { describe, expect, it } from "vitest";
import type { JsonObject, WorkflowFinding } from "@/api/types";
import { findingsAt, isThere, marksOf, placeOf } from "./findings";

const DEFINITION: JsonObject = {
  nodes: [
    { id: "first", type: "transform", set: {} },
    {
      id: "each",
      type: "map",
      over: "x",
      body: { nodes: [{ id: "inner", type: "tool" }], edges: [{ from: "inner", to: "END" }] },
    },
  ],
  edges: [{ from: "START", to: "first" }],
};

function finding(path: string, severity = "error"): WorkflowFinding {
  return { path, code: "x", message: "m", severity, node: null, suggestion: null, line: null, column: null };
}

describe("the place of a finding", () => {
  it("is a node, an edge or a field of them", () => {
    expect(placeOf(DEFINITION, "/nodes/0/set/a~1b")).toEqual({
      scope: [],
      selection: { kind: "node", id: "first" },
      field: "set/a/b",
    });
    expect(placeOf(DEFINITION, "/edges/0/when")).toEqual({
      scope: [],
      selection: { kind: "edge", index: 0 },
      field: "when",
    });
  });

  it("is in the body of a map or a loop", () => {
    expect(placeOf(DEFINITION, "/nodes/1/body/nodes/0/tool")).toEqual({
      scope: ["each"],
      selection: { kind: "node", id: "inner" },
      field: "tool",
    });
    expect(placeOf(DEFINITION, "/nodes/1/body/edges/0")).toEqual({
      scope: ["each"],
      selection: { kind: "edge", index: 0 },
      field: "",
    });
    expect(placeOf(DEFINITION, "/nodes/1/body")).toMatchObject({ scope: [], selection: { kind: "node", id: "each" } });
  });

  it("is the workflow for what is in no node, and for a place that is not there", () => {
    for (const path of ["", "/name", "/state/n/default", "/nodes/7/id", "/nodes"])
      expect(placeOf(DEFINITION, path).selection, path).toBeNull();
  });
});

describe("marks", () => {
  it("has the worst finding of each, and marks a map for what is in its body", () => {
    const all = [
      finding("/nodes/0/set", "warning"),
      finding("/nodes/0", "error"),
      finding("/nodes/1/body/nodes/0", "warning"),
      finding("/edges/0/when", "warning"),
    ];

    expect(marksOf(DEFINITION, [], all)).toEqual({
      nodes: new Map([
        ["first", "error"],
        ["each", "warning"],
      ]),
      edges: new Map([[0, "warning"]]),
    });
    expect(marksOf(DEFINITION, ["each"], all).nodes).toEqual(new Map([["inner", "warning"]]));
  });

  it("gives the findings at one place by field", () => {
    const found = findingsAt(DEFINITION, [], { kind: "node", id: "first" }, [
      finding("/nodes/0/set/n"),
      finding("/nodes/1"),
    ]);

    expect(found.map((each) => each.field)).toEqual(["set/n"]);
  });
});

describe("a selection", () => {
  it("is there while its node, its edge and its graph are", () => {
    expect(isThere(DEFINITION, [], { kind: "node", id: "first" })).toBe(true);
    expect(isThere(DEFINITION, [], { kind: "node", id: "START" })).toBe(true);
    expect(isThere(DEFINITION, [], { kind: "node", id: "gone" })).toBe(false);
    expect(isThere(DEFINITION, [], { kind: "edge", index: 3 })).toBe(false);
    expect(isThere(DEFINITION, ["gone"], null)).toBe(false);
  });
});
