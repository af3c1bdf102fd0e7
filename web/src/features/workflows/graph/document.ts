/** Reads the graphs of a workflow's document: the document itself, and the bodies of its maps and loops. Pure. */
import type { Json, JsonObject } from "@/api/types";
import { stringifyJson } from "@/lib/exact-json";

export const START = "START";
export const END = "END";

/** The ids of the maps and loops that lead to a graph; empty for the document's own graph. */
export type Scope = readonly string[];

export interface GraphNode {
  readonly index: number;
  readonly id: string;
  readonly type: string;
  readonly node: JsonObject;
}

export interface GraphEdge {
  /** Its place in `edges`; -1 for an edge that is not written there: of a body without edges, or of an error route. */
  readonly index: number;
  readonly from: string;
  readonly to: string;
  readonly label: string;
  readonly kind: "plain" | "else" | "error" | "back";
}

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function objectOf(value: Json | undefined): JsonObject {
  return isObject(value) ? value : {};
}

export function listOf(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? value : [];
}

export function textOf(value: Json | undefined): string {
  return typeof value === "string" ? value : "";
}

export function isContainer(type: string): boolean {
  return type === "map" || type === "loop";
}

/** The graph at a scope: the document, or the body of a map or a loop; null where there is none. */
export function graphAt(definition: JsonObject, scope: Scope): JsonObject | null {
  let graph: JsonObject = definition;
  for (const id of scope) {
    const body = nodesOf(graph).find((each) => each.id === id)?.node.body;
    if (!isObject(body)) return null;
    graph = body;
  }
  return graph;
}

/** The document with one of its graphs changed; a scope that leads nowhere changes nothing. */
export function withGraph(definition: JsonObject, scope: Scope, change: (graph: JsonObject) => JsonObject): JsonObject {
  const [id, ...rest] = scope;
  if (id === undefined) return change(definition);
  const at = nodesOf(definition).find((each) => each.id === id);
  if (!at || !isObject(at.node.body)) return definition;
  const body = withGraph(at.node.body, rest, change);
  return body === at.node.body ? definition : withNode(definition, at.index, { ...at.node, body });
}

export function withNode(graph: JsonObject, index: number, node: JsonObject): JsonObject {
  return { ...graph, nodes: listOf(graph.nodes).map((each, at) => (at === index ? node : each)) };
}

/** The nodes that can be drawn: those with an id of their own. */
export function nodesOf(graph: JsonObject): GraphNode[] {
  const known = new Set<string>([START, END]);
  return listOf(graph.nodes).flatMap((node, index) => {
    if (!isObject(node)) return [];
    const id = textOf(node.id);
    if (id === "" || known.has(id)) return [];
    known.add(id);
    return [{ index, id, type: textOf(node.type), node }];
  });
}

/** The edges between nodes that exist, and where errors lead. A body without edges is a row of its nodes. */
export function edgesOf(graph: JsonObject, scope: Scope): GraphEdge[] {
  const nodes = nodesOf(graph);
  const steps = nodes.filter((each) => each.type !== "note");
  const written = listOf(graph.edges);
  const edges =
    written.length === 0 && scope.length > 0
      ? rowOf(steps)
      : written.flatMap((edge, index) => (isObject(edge) ? [edgeOf(edge, index)] : []));
  const known = new Set([START, END, ...steps.map((each) => each.id)]);
  return [...edges, ...errorRoutes(steps)].filter((edge) => known.has(edge.from) && known.has(edge.to));
}

function rowOf(steps: readonly GraphNode[]): GraphEdge[] {
  if (steps.length === 0) return [];
  const row = [START, ...steps.map((each) => each.id), END];
  return row.slice(1).map((to, place) => ({ index: -1, from: row[place] as string, to, label: "", kind: "plain" as const }));
}

function edgeOf(edge: JsonObject, index: number): GraphEdge {
  return {
    index,
    from: textOf(edge.from),
    to: textOf(edge.to),
    label: textOf(edge.label) || conditionOf(edge),
    kind: edge.max_visits != null ? "back" : edge.else === true ? "else" : "plain",
  };
}

function errorRoutes(steps: readonly GraphNode[]): GraphEdge[] {
  return steps.flatMap(({ id, node }) => {
    const to = isObject(node.on_error) ? textOf(node.on_error.goto) : "";
    return to ? [{ index: -1, from: id, to, label: "on error", kind: "error" as const }] : [];
  });
}

/** What an edge asks, as it is written: its expression, its case, or "else". */
export function conditionOf(edge: JsonObject): string {
  if (typeof edge.when === "string") return edge.when;
  if (edge.case !== undefined && edge.case !== null) return stringifyJson(edge.case);
  return edge.else === true ? "else" : "";
}

/** What a node is called where it is shown. */
export function titleOf(node: JsonObject): string {
  return textOf(node.name) || textOf(node.id);
}

/** Whether two values mean the same, whatever the order of their keys. */
export function isSame(left: unknown, right: unknown): boolean {
  if (left === right) return true;
  if (Array.isArray(left) || Array.isArray(right)) {
    if (!Array.isArray(left) || !Array.isArray(right) || left.length !== right.length) return false;
    return left.every((each, at) => isSame(each, right[at]));
  }
  if (typeof left !== "object" || typeof right !== "object" || left === null || right === null) return false;
  const [ours, theirs] = [left as JsonObject, right as JsonObject];
  const keys = Object.keys(ours);
  return keys.length === Object.keys(theirs).length && keys.every((key) => key in theirs && isSame(ours[key], theirs[key]));
}
