/**
 * A tidy tree of thoughts with nodes of different sizes. Subtrees are pushed apart only as far as their outlines need
 * (the contour method of Reingold and Tilford, "Tidier Drawings of Trees", 1981, with sizes by node), and a parent
 * stands at the middle of its children. New thoughts never reorder old ones.
 */
import type { Thought } from "@/api/types";

export type Direction = "right" | "down";

export interface Size {
  readonly width: number;
  readonly height: number;
}

export interface MapNode extends Size {
  readonly thought: Thought;
  readonly x: number;
  readonly y: number;
  readonly depth: number;
  readonly childCount: number;
  /** How many thoughts under it are folded away. */
  readonly hiddenCount: number;
}

export interface MapEdge {
  readonly id: string;
  readonly from: MapNode;
  readonly to: MapNode;
}

export interface MindMap extends Size {
  readonly nodes: readonly MapNode[];
  readonly edges: readonly MapEdge[];
}

export interface MapOptions {
  readonly closed: ReadonlySet<string>;
  readonly direction: Direction;
  readonly measure: (thought: Thought) => Size;
}

const BETWEEN_SIBLINGS = 18;
const BETWEEN_LEVELS = 56;

interface Branch {
  readonly thought: Thought;
  readonly size: Size;
  readonly depth: number;
  readonly children: Branch[];
  readonly childCount: number;
  readonly hiddenCount: number;
  /** Its place across, beside its parent's; and the outline of its subtree by level, beside its own place. */
  offset: number;
  near: number[];
  far: number[];
}

/** Thoughts by the node they follow; one whose parent is unknown is a root. Cycles are cut at the first repeat. */
export function thoughtChildren(thoughts: readonly Thought[]): Map<string | null, Thought[]> {
  const known = new Set(thoughts.map((thought) => thought.node_id));
  const children = new Map<string | null, Thought[]>();
  for (const thought of thoughts) {
    const parent = thought.parent_node_id;
    const key = parent !== null && parent !== thought.node_id && known.has(parent) ? parent : null;
    const list = children.get(key);
    if (list) list.push(thought);
    else children.set(key, [thought]);
  }
  return children;
}

export function mindMap(thoughts: readonly Thought[], options: MapOptions): MindMap {
  const children = thoughtChildren(thoughts);
  const seen = new Set<string>();
  const grow = (thought: Thought, depth: number): Branch => {
    seen.add(thought.node_id);
    const all = (children.get(thought.node_id) ?? []).filter((child) => !seen.has(child.node_id));
    const isClosed = options.closed.has(thought.node_id);
    return {
      thought,
      depth,
      size: options.measure(thought),
      children: isClosed ? [] : all.map((child) => grow(child, depth + 1)),
      childCount: all.length,
      hiddenCount: isClosed ? countUnder(children, thought.node_id) : 0,
      offset: 0,
      near: [],
      far: [],
    };
  };
  const roots = (children.get(null) ?? []).map((thought) => grow(thought, 0));
  const reached = under(children, null);
  for (const thought of thoughts) {
    // Thoughts that follow one another in a circle hang from no root: the first of them becomes one.
    if (!reached.has(thought.node_id) && !seen.has(thought.node_id)) roots.push(grow(thought, 0));
  }
  for (const root of roots) arrange(root, options.direction);
  stack(roots);
  return place(roots, options.direction);
}

function countUnder(children: Map<string | null, Thought[]>, id: string): number {
  return under(children, id).size;
}

function under(children: Map<string | null, Thought[]>, id: string | null): Set<string> {
  const left = [id];
  const seen = new Set<string>();
  for (let next = left.pop(); next !== undefined; next = left.pop()) {
    for (const child of children.get(next) ?? []) {
      if (seen.has(child.node_id)) continue;
      seen.add(child.node_id);
      left.push(child.node_id);
    }
  }
  return seen;
}

function across(branch: Branch, direction: Direction): number {
  return direction === "right" ? branch.size.height : branch.size.width;
}

/** Give every branch of the subtree its offset and its outline. */
function arrange(branch: Branch, direction: Direction): void {
  for (const child of branch.children) arrange(child, direction);
  const { near, far } = stack(branch.children);
  const first = branch.children[0];
  const last = branch.children.at(-1);
  const middle = first && last ? (first.offset + last.offset) / 2 : 0;
  for (const child of branch.children) child.offset -= middle;
  const half = across(branch, direction) / 2;
  branch.near = [-half, ...near.map((edge) => edge - middle)];
  branch.far = [half, ...far.map((edge) => edge - middle)];
}

/** Put branches side by side, each as close to those before it as the outlines allow; gives the outline of all. */
function stack(branches: Branch[]): { near: number[]; far: number[] } {
  let near: number[] = [];
  let far: number[] = [];
  for (const branch of branches) {
    const shared = Math.min(far.length, branch.near.length);
    let offset = 0;
    for (let level = 0; level < shared; level++) {
      offset = Math.max(offset, (far[level] as number) + BETWEEN_SIBLINGS - (branch.near[level] as number));
    }
    branch.offset = offset;
    const placedNear = branch.near.map((edge) => edge + offset);
    const placedFar = branch.far.map((edge) => edge + offset);
    near = [...near, ...placedNear.slice(near.length)];
    far = [...placedFar, ...far.slice(placedFar.length)];
  }
  return { near, far };
}

function place(roots: readonly Branch[], direction: Direction): MindMap {
  const levels = levelPositions(roots, direction);
  const nodes: MapNode[] = [];
  const edges: MapEdge[] = [];
  const put = (branch: Branch, center: number, parent: MapNode | null) => {
    const along = levels[branch.depth] as number;
    const side = center - across(branch, direction) / 2;
    const node: MapNode = {
      thought: branch.thought,
      x: direction === "right" ? along : side,
      y: direction === "right" ? side : along,
      ...branch.size,
      depth: branch.depth,
      childCount: branch.childCount,
      hiddenCount: branch.hiddenCount,
    };
    nodes.push(node);
    if (parent) edges.push({ id: branch.thought.node_id, from: parent, to: node });
    for (const child of branch.children) put(child, center + child.offset, node);
  };
  for (const root of roots) put(root, root.offset, null);
  return fitToOrigin(nodes, edges);
}

/** Where each level begins: after the longest node of the level before. */
function levelPositions(roots: readonly Branch[], direction: Direction): number[] {
  const longest: number[] = [];
  const visit = (branch: Branch) => {
    const length = direction === "right" ? branch.size.width : branch.size.height;
    longest[branch.depth] = Math.max(longest[branch.depth] ?? 0, length);
    branch.children.forEach(visit);
  };
  roots.forEach(visit);
  const positions: number[] = [];
  let at = 0;
  for (const length of longest) {
    positions.push(at);
    at += length + BETWEEN_LEVELS;
  }
  return positions;
}

function fitToOrigin(nodes: MapNode[], edges: MapEdge[]): MindMap {
  const left = Math.min(0, ...nodes.map((node) => node.x));
  const top = Math.min(...nodes.map((node) => node.y), Number.POSITIVE_INFINITY);
  const moved = new Map(
    nodes.map((node) => [node.thought.node_id, { ...node, x: node.x - left, y: node.y - (nodes.length ? top : 0) }]),
  );
  const at = (node: MapNode) => moved.get(node.thought.node_id) as MapNode;
  const list = [...moved.values()];
  return {
    nodes: list,
    edges: edges.map((edge) => ({ ...edge, from: at(edge.from), to: at(edge.to) })),
    width: Math.max(0, ...list.map((node) => node.x + node.width)),
    height: Math.max(0, ...list.map((node) => node.y + node.height)),
  };
}

/** A gentle curve from the end of one node to the beginning of the next. */
export function edgePath({ from, to }: MapEdge, direction: Direction): string {
  if (direction === "right") {
    const [x1, y1, x2, y2] = [from.x + from.width, from.y + from.height / 2, to.x, to.y + to.height / 2];
    const bend = (x2 - x1) / 2;
    return `M${x1} ${y1}C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}`;
  }
  const [x1, y1, x2, y2] = [from.x + from.width / 2, from.y + from.height, to.x + to.width / 2, to.y];
  const bend = (y2 - y1) / 2;
  return `M${x1} ${y1}C${x1} ${y1 + bend} ${x2} ${y2 - bend} ${x2} ${y2}`;
}

/** Which nodes to fold so that only levels 1 to `depth` show. */
export function closedBeyond(thoughts: readonly Thought[], depth: number): Set<string> {
  const children = thoughtChildren(thoughts);
  const closed = new Set<string>();
  const visit = (id: string | null, level: number) => {
    for (const child of children.get(id) ?? []) {
      if (closed.has(child.node_id)) continue;
      if (level >= depth && children.has(child.node_id)) closed.add(child.node_id);
      else visit(child.node_id, level + 1);
    }
  };
  visit(null, 1);
  return closed;
}
