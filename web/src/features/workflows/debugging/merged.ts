/** Two definitions drawn as one: what was added, removed and changed. Pure. */
import type { Json, JsonObject } from "@/api/types";
import type { Changes, ChangeMark as Mark } from "../canvas/canvas-props";
import { edgesOf, graphAt, isContainer, isObject, isSame, listOf, nodesOf, objectOf, type Scope } from "../graph/document";

export interface Merged extends Changes {
  readonly definition: JsonObject;
}

const EMPTY: JsonObject = {};
const UNMEANT: ReadonlySet<string> = new Set(["position"]);

/** The graph at a scope of two definitions as one: the later one, with what was removed of the earlier one. */
export function mergedAt(before: JsonObject, after: JsonObject, scope: Scope): Merged {
  const [old, next] = [graphAt(before, scope) ?? EMPTY, graphAt(after, scope) ?? EMPTY];
  const nodes = new Map<string, Mark>();
  const [ours, theirs] = [nodesOf(old), nodesOf(next)];
  const known = new Map(ours.map((each) => [each.id, each.node]));
  for (const { id, type, node } of theirs) {
    if (type === "note") continue;
    const was = known.get(id);
    if (!was) nodes.set(id, "added");
    else if (!isSame(meant(was), meant(node))) nodes.set(id, "changed");
  }
  const kept = new Set(theirs.map((each) => each.id));
  const gone = ours.filter((each) => each.type !== "note" && !kept.has(each.id));
  for (const { id } of gone) nodes.set(id, "removed");
  const { list, marks } = mergedEdges(old, next, scope);
  const graph: JsonObject = {
    ...next,
    nodes: [...listOf(next.nodes), ...gone.map((each) => each.node)].map(unplaced),
    edges: list,
  };
  return { definition: graph, nodes, edges: marks };
}

/** Boxes that were put by hand in either version would lie on one another: both are laid out. */
function unplaced(node: Json): Json {
  if (!isObject(node)) return node;
  const { position: _, ...rest } = node;
  return rest;
}

function meant(node: JsonObject): JsonObject {
  const rest = Object.fromEntries(Object.entries(node).filter(([name]) => !UNMEANT.has(name))) as JsonObject;
  if (!isContainer(String(node.type)) || !isObject(node.body)) return rest;
  const body = {
    nodes: listOf(node.body.nodes).flatMap((each) => (isObject(each) && each.type !== "note" ? [meant(each)] : [])),
    edges: node.body.edges ?? null,
  };
  return { ...rest, body };
}

function mergedEdges(old: JsonObject, next: JsonObject, scope: Scope): { list: Json[]; marks: Map<number, Mark> } {
  const [ours, theirs] = [writtenEdges(old, scope), writtenEdges(next, scope)];
  const marks = new Map<number, Mark>();
  const left = [...ours];
  const list: Json[] = theirs.map((edge, index) => {
    const at = left.findIndex((each) => each.from === edge.from && each.to === edge.to);
    const [was] = at === -1 ? [] : left.splice(at, 1);
    if (!was) marks.set(index, "added");
    else if (!isSame(was, edge)) marks.set(index, "changed");
    return edge;
  });
  for (const edge of left) {
    marks.set(list.length, "removed");
    list.push(edge);
  }
  return { list, marks };
}

/** The edges of a graph as they would be written; a body without any is a row of its nodes. */
function writtenEdges(graph: JsonObject, scope: Scope): JsonObject[] {
  const written = listOf(graph.edges).flatMap((edge) => (isObject(edge) ? [edge] : []));
  if (written.length > 0 || scope.length === 0) return written;
  return edgesOf(graph, scope)
    .filter((edge) => edge.kind !== "error")
    .map(({ from, to }) => ({ from, to }));
}

/** Whether a node of a graph has a body in either version, to look into. */
export function hasBody(before: JsonObject, after: JsonObject, scope: Scope, id: string): boolean {
  return [before, after].some(
    (each) => objectOf(nodesOf(graphAt(each, scope) ?? EMPTY).find((one) => one.id === id)?.node.body).nodes,
  );
}
