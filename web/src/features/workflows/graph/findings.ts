/** Where in a document findings are: at a node, at an edge, at a field of them. Pure. */
import type { Json, JsonObject, WorkflowFinding } from "@/api/types";
import { END, graphAt, isObject, listOf, type Scope, START, textOf } from "./document";
import type { Selection } from "./operations";

export interface Place {
  readonly scope: Scope;
  readonly selection: Selection;
  /** What of it: a path of fields, such as `set/n`; empty for the whole. */
  readonly field: string;
}

/** The parts of a JSON pointer. */
export function partsOf(pointer: string): string[] {
  if (pointer === "") return [];
  return pointer
    .slice(1)
    .split("/")
    .map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"));
}

/** Where a finding is, by its JSON pointer. */
export function placeOf(definition: JsonObject, pointer: string): Place {
  const scope: string[] = [];
  let graph: JsonObject = definition;
  let parts = partsOf(pointer);
  for (;;) {
    const [list, index, next, ...rest] = parts;
    const at = Number(index);
    if (list === "edges" && Number.isInteger(at))
      return { scope, selection: { kind: "edge", index: at }, field: parts.slice(2).join("/") };
    const node = list === "nodes" ? listOf(graph.nodes)[at] : undefined;
    if (!isObject(node)) return { scope, selection: null, field: parts.join("/") };
    const id = textOf(node.id);
    if (next !== "body" || rest.length === 0 || !isObject(node.body))
      return { scope, selection: id === "" ? null : { kind: "node", id }, field: parts.slice(2).join("/") };
    scope.push(id);
    graph = node.body;
    parts = rest;
  }
}

export interface Marks {
  readonly nodes: ReadonlyMap<string, Worst>;
  readonly edges: ReadonlyMap<number, Worst>;
}

export type Worst = "error" | "warning";

/** The nodes and edges of one graph that have findings; a map or a loop has those of its body too. */
export function marksOf(definition: JsonObject, scope: Scope, findings: readonly WorkflowFinding[]): Marks {
  const nodes = new Map<string, Worst>();
  const edges = new Map<number, Worst>();
  for (const finding of findings) {
    const place = placeOf(definition, finding.path);
    if (!scope.every((id, at) => place.scope[at] === id)) continue;
    const severity: Worst = finding.severity === "error" ? "error" : "warning";
    const inner = place.scope[scope.length];
    if (inner !== undefined) put(nodes, inner, severity);
    else if (place.selection?.kind === "node") put(nodes, place.selection.id, severity);
    else if (place.selection?.kind === "edge") put(edges, place.selection.index, severity);
  }
  return { nodes, edges };
}

function put<K>(marks: Map<K, Worst>, key: K, severity: Worst): void {
  if (marks.get(key) !== "error") marks.set(key, severity);
}

/** The findings at one node or edge, by field; those of a body belong to no field. */
export function findingsAt(
  definition: JsonObject,
  scope: Scope,
  selection: Selection,
  findings: readonly WorkflowFinding[],
): { readonly field: string; readonly finding: WorkflowFinding }[] {
  return findings.flatMap((finding) => {
    const place = placeOf(definition, finding.path);
    const isHere = place.scope.length === scope.length && scope.every((id, at) => place.scope[at] === id);
    return isHere && isChosen(place.selection, selection) ? [{ field: place.field, finding }] : [];
  });
}

function isChosen(left: Selection, right: Selection): boolean {
  if (left === null || right === null) return left === right;
  if (left.kind === "node") return right.kind === "node" && left.id === right.id;
  return right.kind === "edge" && left.index === right.index;
}

/** Whether a selection is still there. */
export function isThere(definition: JsonObject, scope: Scope, selection: Selection): boolean {
  const graph = graphAt(definition, scope);
  if (graph === null) return false;
  if (selection === null) return true;
  if (selection.kind === "node" && (selection.id === START || selection.id === END)) return true;
  if (selection.kind === "edge") return isObject(listOf(graph.edges)[selection.index] as Json | undefined);
  return listOf(graph.nodes).some((node) => isObject(node) && node.id === selection.id);
}
