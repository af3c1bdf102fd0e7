/** What can be done to a graph of a workflow's document: each gives another document and changes nothing. */
import type { Json, JsonObject } from "@/api/types";
import {
  END,
  edgesOf,
  isObject,
  listOf,
  nodesOf,
  objectOf,
  type Scope,
  START,
  textOf,
  withGraph,
  withNode,
} from "./document";

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** What of a graph is chosen. */
export type Selection =
  | { readonly kind: "node"; readonly id: string }
  | { readonly kind: "edge"; readonly index: number }
  | null;

const ID = /^[A-Za-z][A-Za-z0-9_-]{0,63}$/;

/** An id for a new node of this type: the type, and a number where that is not free. */
export function freeId(graph: JsonObject, type: string): string {
  const known = new Set(listOf(graph.nodes).map((node) => textOf(objectOf(node).id)));
  for (let number = 1; ; number++) {
    const id = number === 1 ? type : `${type}_${number}`;
    if (!known.has(id)) return id;
  }
}

/** Why a node cannot be called so; undefined when it can. */
export function problemOfId(graph: JsonObject, id: string, next: string): string | undefined {
  if (next === id) return undefined;
  if (!ID.test(next)) return "An id has letters, digits, _ and -, begins with a letter, and is at most 64 characters long.";
  if (next === START || next === END) return `${next} is an end of the graph.`;
  return nodesOf(graph).some((each) => each.id === next) ? `Another node is called ${next}.` : undefined;
}

/** Adds a node; after another one, on its only plain edge or with an edge of its own. */
export function addNode(definition: JsonObject, scope: Scope, node: JsonObject, after: string | null): JsonObject {
  return withGraph(definition, scope, (graph) => {
    const id = textOf(node.id);
    const added = { ...graph, nodes: [...listOf(graph.nodes), node] };
    if (node.type === "note") return added;
    if (nodesOf(graph).every((each) => each.type === "note") && listOf(graph.edges).length === 0)
      return {
        ...added,
        edges: [
          { from: START, to: id },
          { from: id, to: END },
        ],
      };
    if (after === null || after === END) return written(added, graph, scope);
    return putAfter(written(added, graph, scope), after, id);
  });
}

/** The graph with the edges that a body without edges has. */
function written(graph: JsonObject, before: JsonObject, scope: Scope): JsonObject {
  if (scope.length === 0 || listOf(before.edges).length > 0) return graph;
  const row = edgesOf(before, scope).filter((edge) => edge.kind === "plain");
  return { ...graph, edges: row.map(({ from, to }) => ({ from, to })) };
}

function putAfter(graph: JsonObject, after: string, id: string): JsonObject {
  const edges = listOf(graph.edges);
  const out = edges.filter((edge) => isObject(edge) && edge.from === after);
  const [only] = out;
  if (out.length === 1 && isObject(only) && isPlain(only)) {
    const moved = edges.flatMap((edge) =>
      edge === only
        ? [
            { from: after, to: id },
            { ...only, from: id },
          ]
        : [edge],
    );
    return { ...graph, edges: moved };
  }
  return { ...graph, edges: [...edges, { from: after, to: id }] };
}

function isPlain(edge: JsonObject): boolean {
  return edge.when == null && edge.case == null && edge.else !== true && edge.max_visits == null;
}

/** Removes nodes and what is tied to them. Where one node stood between two others, these are connected. */
export function removeNodes(definition: JsonObject, scope: Scope, ids: ReadonlySet<string>): JsonObject {
  return withGraph(definition, scope, (graph) => {
    const edges = listOf(graph.edges).filter(isObject);
    const bridges = ids.size === 1 ? bridgeOver(edges, [...ids][0] as string) : [];
    return {
      ...graph,
      nodes: listOf(graph.nodes)
        .filter((node) => !(isObject(node) && ids.has(textOf(node.id))))
        .map((node) => withoutRoute(node, ids)),
      edges: [...edges.filter((edge) => !ids.has(textOf(edge.from)) && !ids.has(textOf(edge.to))), ...bridges],
    };
  });
}

function bridgeOver(edges: readonly JsonObject[], id: string): JsonObject[] {
  const into = edges.filter((edge) => edge.to === id && edge.from !== id);
  const out = edges.filter((edge) => edge.from === id && edge.to !== id);
  const [before, after] = [into[0], out[0]];
  if (into.length !== 1 || out.length !== 1 || !before || !after || !isPlain(after)) return [];
  const isThere = edges.some((edge) => edge.from === before.from && edge.to === after.to);
  return isThere || before.from === after.to ? [] : [{ ...before, to: after.to as Json }];
}

function withoutRoute(node: Json, ids: ReadonlySet<string>): Json {
  if (!isObject(node) || !isObject(node.on_error) || !ids.has(textOf(node.on_error.goto))) return node;
  const { on_error: _, ...rest } = node;
  return rest;
}

/** Gives a node another id, everywhere in its graph. */
export function renameNode(definition: JsonObject, scope: Scope, id: string, next: string): JsonObject {
  return withGraph(definition, scope, (graph) => {
    if (next === id || problemOfId(graph, id, next) !== undefined) return graph;
    const meant = (value: Json | undefined): Json => (value === id ? next : (value ?? null));
    return {
      ...graph,
      nodes: listOf(graph.nodes).map((node) => {
        if (!isObject(node)) return node;
        const named = node.id === id ? { ...node, id: next } : node;
        const route = named.on_error;
        return isObject(route) && route.goto === id ? { ...named, on_error: { ...route, goto: next } } : named;
      }),
      edges: listOf(graph.edges).map((edge) =>
        isObject(edge) ? { ...edge, from: meant(edge.from), to: meant(edge.to) } : edge,
      ),
    };
  });
}

/** Sets a field of a node; undefined leaves it out. */
export function setField(
  definition: JsonObject,
  scope: Scope,
  id: string,
  field: string,
  value: Json | undefined,
): JsonObject {
  return withGraph(definition, scope, (graph) => {
    const at = nodesOf(graph).find((each) => each.id === id);
    return at ? withNode(graph, at.index, withField(at.node, field, value)) : graph;
  });
}

/** An object with a field set in its place; undefined takes it out. */
export function withField(object: JsonObject, field: string, value: Json | undefined): JsonObject {
  if (value === undefined) {
    const { [field]: _, ...rest } = object;
    return rest;
  }
  return { ...object, [field]: value };
}

/** Why two nodes cannot be connected; undefined when they can. */
export function problemOfEdge(graph: JsonObject, from: string, to: string): string | undefined {
  if (from === END) return "No edge leads from END.";
  if (to === START) return "No edge leads to START.";
  if (from === START && to === END) return "An edge from START leads to a node.";
  const nodes = new Map(nodesOf(graph).map((each) => [each.id, each.type]));
  for (const id of [from, to]) {
    if (id === START || id === END) continue;
    if (!nodes.has(id)) return `No node is called ${id}.`;
    if (nodes.get(id) === "note") return "A note is not connected.";
  }
  const isThere = listOf(graph.edges).some(
    (edge) => isObject(edge) && edge.from === from && edge.to === to && isPlain(edge),
  );
  return isThere ? `${from} leads to ${to} already.` : undefined;
}

/** Where a new edge of a node can lead. */
export function freeTargets(graph: JsonObject, from: string): string[] {
  if (from === END) return [];
  const there = new Set(
    listOf(graph.edges).flatMap((edge) => (isObject(edge) && edge.from === from && isPlain(edge) ? [edge.to] : [])),
  );
  const ids = nodesOf(graph).flatMap((each) => (each.type === "note" ? [] : [each.id]));
  return [...ids, ...(from === START ? [] : [END])].filter((id) => !there.has(id));
}

/** The bound of a new edge that closes a circle. */
const VISITS = 3;

/** Connects two nodes. An edge that closes a circle gets a bound; the second one of a choice is its else. */
export function connect(definition: JsonObject, scope: Scope, from: string, to: string): JsonObject {
  return withGraph(definition, scope, (graph) => {
    if (problemOfEdge(graph, from, to) !== undefined) return graph;
    const full = written(graph, graph, scope);
    const edge: JsonObject = { from, to, ...(leadsTo(full, to, from) ? { max_visits: VISITS } : {}) };
    return { ...full, edges: [...listOf(full.edges), edge] };
  });
}

function leadsTo(graph: JsonObject, from: string, to: string): boolean {
  const edges = listOf(graph.edges).filter(isObject);
  const [seen, waiting] = [new Set<string>(), [from]];
  for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
    if (at === to) return true;
    if (seen.has(at)) continue;
    seen.add(at);
    for (const edge of edges) if (edge.from === at && edge.max_visits == null) waiting.push(textOf(edge.to));
  }
  return false;
}

export function removeEdge(definition: JsonObject, scope: Scope, index: number): JsonObject {
  return withGraph(definition, scope, (graph) => ({
    ...graph,
    edges: listOf(graph.edges).filter((_, at) => at !== index),
  }));
}

export function setEdge(
  definition: JsonObject,
  scope: Scope,
  index: number,
  field: string,
  value: Json | undefined,
): JsonObject {
  return withGraph(definition, scope, (graph) => ({
    ...graph,
    edges: listOf(graph.edges).map((edge, at) => (at === index && isObject(edge) ? withField(edge, field, value) : edge)),
  }));
}

/** Writes where nodes are drawn. */
export function moveNodes(definition: JsonObject, scope: Scope, points: ReadonlyMap<string, Point>): JsonObject {
  return withGraph(definition, scope, (graph) => {
    const ids = new Map(nodesOf(graph).map((each) => [each.index, each.id]));
    return {
      ...graph,
      nodes: listOf(graph.nodes).map((node, index) => {
        const point = points.get(ids.get(index) ?? "");
        if (!point || !isObject(node)) return node;
        return { ...node, position: { x: Math.round(point.x), y: Math.round(point.y) } };
      }),
    };
  });
}

/** Forgets where nodes were drawn, so that they are laid out. */
export function tidy(definition: JsonObject, scope: Scope): JsonObject {
  return withGraph(definition, scope, (graph) => {
    if (!listOf(graph.nodes).some((node) => isObject(node) && node.position != null)) return graph;
    return {
      ...graph,
      nodes: listOf(graph.nodes).map((node) => (isObject(node) ? withField(node, "position", undefined) : node)),
    };
  });
}
