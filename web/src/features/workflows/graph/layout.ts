/** Where the nodes of a graph are drawn, and the ways of its edges past them: Sugiyama's layers, by dagre. Pure. */
import { Graph, layout } from "@dagrejs/dagre";

export interface LayoutNode {
  readonly id: string;
  readonly width: number;
  readonly height: number;
}

export interface LayoutEdge {
  readonly key: string;
  readonly from: string;
  readonly to: string;
  /** The width of its label, 0 for none. */
  readonly label: number;
}

export interface LayoutInput {
  readonly nodes: readonly LayoutNode[];
  readonly edges: readonly LayoutEdge[];
}

export interface Route {
  readonly path: string;
  /** The middle of its label. */
  readonly label: { readonly x: number; readonly y: number };
}

export interface Layout {
  /** The upper left corner of each node. */
  readonly points: Readonly<Record<string, { readonly x: number; readonly y: number }>>;
  readonly routes: Readonly<Record<string, Route>>;
}

interface Spot {
  readonly x: number;
  readonly y: number;
}

export const LABEL_HEIGHT = 20;
const GAP = { nodes: 36, edges: 18, ranks: 44 };

export function layOut({ nodes, edges }: LayoutInput): Layout {
  const graph = new Graph({ multigraph: true });
  graph.setGraph({ rankdir: "TB", nodesep: GAP.nodes, edgesep: GAP.edges, ranksep: GAP.ranks });
  for (const { id, width, height } of nodes) graph.setNode(id, { width, height });
  for (const { key, from, to, label } of edges)
    graph.setEdge(from, to, { width: label, height: label > 0 ? LABEL_HEIGHT : 0, labelpos: "c" }, key);
  layout(graph);

  const points: Record<string, Spot> = {};
  const bands = new Map<number, number>();
  const boxes = new Map<string, Box>();
  for (const { id, width, height } of nodes) {
    const { x, y } = graph.node(id) as Spot;
    boxes.set(id, { x, y, width, height });
    points[id] = { x: Math.round(x - width / 2), y: Math.round(y - height / 2) };
    bands.set(Math.round(y), Math.max(height / 2, bands.get(Math.round(y)) ?? 0));
  }
  const routes: Record<string, Route> = {};
  for (const { key, from, to } of edges) {
    const drawn = graph.edge(from, to, key) as { points?: Spot[]; x?: number; y?: number };
    const way = drawn.points ?? [];
    const middle = way[Math.floor(way.length / 2)] ?? { x: 0, y: 0 };
    routes[key] = {
      path: from === to ? polyline(way) : alongBands(fastened(way, boxes.get(from), boxes.get(to)), bands),
      label: { x: drawn.x ?? middle.x, y: drawn.y ?? middle.y },
    };
  }
  return { points, routes };
}

interface Box extends Spot {
  readonly width: number;
  readonly height: number;
}

/** How far from a node's middle a way that leads back is fastened, as a part of its width: forward ways have the middle. */
const ASIDE = 0.3;

/** A way that leaves a node at the middle of its lower side and enters at that of the upper; back, the other way round. */
function fastened(way: readonly Spot[], from: Box | undefined, to: Box | undefined): Spot[] {
  if (!from || !to) return [...way];
  const inner = way.slice(1, -1);
  const down = to.y >= from.y;
  const end = (box: Box, isLower: boolean) => {
    const near = (isLower ? inner[0] : inner.at(-1)) ?? box;
    const aside = down ? 0 : box.width * (near.x < box.x ? -ASIDE : ASIDE);
    return { x: box.x + aside, y: box.y + (isLower ? box.height / 2 : -box.height / 2) };
  };
  return [end(from, down), ...inner, end(to, !down)];
}

/**
 * A curve that goes straight through each layer, where nodes stand beside it, and bends only between layers. So it runs
 * behind no node, as the points of a way lie in free places of their layers.
 */
function alongBands(way: readonly Spot[], bands: ReadonlyMap<number, number>): string {
  const [first, last] = [way[0], way.at(-1)];
  if (!first || !last) return "";
  const down = last.y >= first.y ? 1 : -1;
  const stops = way.slice(1, -1).map(({ x, y }) => {
    const half = bands.get(Math.round(y)) ?? LABEL_HEIGHT / 2;
    return { x, in: y - half * down, out: y + half * down };
  });
  let path = `M${at(first.x, first.y)}`;
  let before = first;
  for (const stop of [...stops, { x: last.x, in: last.y, out: last.y }]) {
    const middle = (before.y + stop.in) / 2;
    path += `C${at(before.x, middle)} ${at(stop.x, middle)} ${at(stop.x, stop.in)}`;
    if (stop.out !== stop.in) path += `L${at(stop.x, stop.out)}`;
    before = { x: stop.x, y: stop.out };
  }
  return path;
}

function polyline(way: readonly Spot[]): string {
  return way.map(({ x, y }, place) => `${place === 0 ? "M" : "L"}${at(x, y)}`).join("");
}

function at(x: number, y: number): string {
  return `${Math.round(x * 10) / 10} ${Math.round(y * 10) / 10}`;
}
