/** What of a graph is drawn: nodes with their sizes and places, edges with their ways. Pure. */
import type { JsonObject } from "@/api/types";
import {
  END,
  edgesOf,
  type GraphEdge,
  type GraphNode,
  isObject,
  nodesOf,
  objectOf,
  type Scope,
  START,
} from "../graph/document";
import type { Layout, LayoutInput, Route } from "../graph/layout";
import type { Point } from "../graph/operations";

export const BOX = { width: 208, height: 52 };
export const END_BOX = { width: 76, height: 30 };
export const NOTE_BOX = { width: 208, height: 84 };
const GAP = 56;
const LONGEST_LABEL = 28;
const LABEL = { padding: 16, character: 6.5 };

export interface Drawing {
  readonly nodes: readonly GraphNode[];
  readonly notes: readonly GraphNode[];
  readonly edges: readonly (GraphEdge & { readonly key: string })[];
  readonly input: LayoutInput;
}

/** A label as it is drawn on an edge. */
export function shortLabel(label: string): string {
  const line = label.replaceAll(/\s+/g, " ").trim();
  return line.length > LONGEST_LABEL ? `${line.slice(0, LONGEST_LABEL - 1)}…` : line;
}

export function drawingOf(graph: JsonObject, scope: Scope): Drawing {
  const all = nodesOf(graph);
  const nodes = all.filter((each) => each.type !== "note");
  const edges = edgesOf(graph, scope).map((edge, at) => ({ ...edge, key: `${at}:${edge.index}:${edge.from}:${edge.to}` }));
  const input: LayoutInput = {
    nodes: [{ id: START, ...END_BOX }, ...nodes.map(({ id }) => ({ id, ...BOX })), { id: END, ...END_BOX }],
    edges: edges.map(({ key, from, to, label }) => ({ key, from, to, label: widthOf(label) })),
  };
  return { nodes, notes: all.filter((each) => each.type === "note"), edges, input };
}

function widthOf(label: string): number {
  return label === "" ? 0 : Math.round(shortLabel(label).length * LABEL.character + LABEL.padding);
}

export interface Placed {
  readonly points: ReadonlyMap<string, Point>;
  /** Empty where nodes were moved by hand: then edges go straight. */
  readonly routes: Readonly<Record<string, Route>>;
}

/** Where everything is drawn: as it is laid out, or where it was put. */
export function placed(drawing: Drawing, layout: Layout): Placed {
  const put = new Map<string, Point>();
  for (const { id, node } of drawing.nodes) {
    const point = pointOf(node);
    if (point) put.set(id, point);
  }
  const isFree = put.size === 0;
  const points = isFree ? new Map(Object.entries(layout.points)) : putByHand(drawing, put);
  putNotes(drawing, points);
  return { points, routes: isFree ? layout.routes : {} };
}

function putByHand(drawing: Drawing, put: Map<string, Point>): Map<string, Point> {
  for (const { id } of drawing.nodes) if (!put.has(id)) put.set(id, besideOthers(drawing, put, id));
  putEnds(drawing, put);
  return put;
}

function pointOf(node: JsonObject): Point | null {
  const { x, y } = objectOf(node.position);
  return isObject(node.position) && typeof x === "number" && typeof y === "number" ? { x, y } : null;
}

/** A free place below what leads to a node, for one that was not put anywhere. */
function besideOthers(drawing: Drawing, put: Map<string, Point>, id: string): Point {
  const before = drawing.edges.find((edge) => edge.to === id && put.has(edge.from))?.from;
  const above = before === undefined ? undefined : put.get(before);
  const lowest = Math.max(...[...put.values()].map((point) => point.y), 0);
  const start = above ?? { x: 0, y: lowest };
  let point = { x: start.x, y: start.y + BOX.height + GAP };
  while ([...put.values()].some((each) => isOver(each, point))) point = { x: point.x + BOX.width + GAP / 2, y: point.y };
  return point;
}

function isOver(left: Point, right: Point): boolean {
  return Math.abs(left.x - right.x) < BOX.width + 8 && Math.abs(left.y - right.y) < BOX.height + 8;
}

function putEnds(drawing: Drawing, points: Map<string, Point>): void {
  const all = [...points.values()];
  const middles = (ids: readonly string[]) => {
    const known = ids.flatMap((id) => points.get(id)?.x ?? []);
    const xs = known.length > 0 ? known : all.map((point) => point.x);
    return xs.reduce((sum, x) => sum + x, 0) / Math.max(1, xs.length) + (BOX.width - END_BOX.width) / 2;
  };
  const first = drawing.edges.filter((edge) => edge.from === START).map((edge) => edge.to);
  const last = drawing.edges.filter((edge) => edge.to === END).map((edge) => edge.from);
  const [top, bottom] = [Math.min(...all.map(({ y }) => y)), Math.max(...all.map(({ y }) => y))];
  points.set(START, { x: middles(first), y: top - END_BOX.height - GAP });
  points.set(END, { x: middles(last), y: bottom + BOX.height + GAP });
}

function putNotes(drawing: Drawing, points: Map<string, Point>): void {
  const left = Math.min(...[...points.values()].map((point) => point.x), 0);
  drawing.notes.forEach(({ id, node }, row) => {
    points.set(id, pointOf(node) ?? { x: left - NOTE_BOX.width - GAP, y: row * (NOTE_BOX.height + GAP / 2) });
  });
}

type Direction = "ArrowUp" | "ArrowDown" | "ArrowLeft" | "ArrowRight";

/** The node that is next in a direction. */
export function neighbour(points: ReadonlyMap<string, Point>, id: string, direction: string): string | undefined {
  const from = points.get(id);
  const turn = TURNS[direction as Direction];
  if (!from || !turn) return undefined;
  let best: { id: string; distance: number } | undefined;
  for (const [other, point] of points) {
    const [ahead, aside] = turn(centre(other, point), centre(id, from));
    if (other === id || ahead <= 8 || Math.abs(aside) > ahead * 4) continue;
    const distance = ahead + 2 * Math.abs(aside);
    if (!best || distance < best.distance) best = { id: other, distance };
  }
  return best?.id;
}

function centre(id: string, { x, y }: Point): Point {
  const box = id === START || id === END ? END_BOX : BOX;
  return { x: x + box.width / 2, y: y + box.height / 2 };
}

const TURNS: Readonly<Record<Direction, (to: Point, from: Point) => readonly [number, number]>> = {
  ArrowDown: (to, from) => [to.y - from.y, to.x - from.x],
  ArrowUp: (to, from) => [from.y - to.y, to.x - from.x],
  ArrowRight: (to, from) => [to.x - from.x, to.y - from.y],
  ArrowLeft: (to, from) => [from.x - to.x, to.y - from.y],
};
