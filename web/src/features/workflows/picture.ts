/** Where the nodes of a workflow are drawn: in layers from START to END, each node below all that lead to it. */
import type { Json, JsonObject } from "@/api/types";
import { stringifyJson } from "@/lib/exact-json";

export interface DrawnNode {
  readonly id: string;
  readonly label: string;
  readonly type: string;
  readonly x: number;
  readonly y: number;
}

export interface DrawnEdge {
  readonly key: string;
  readonly from: DrawnNode;
  readonly to: DrawnNode;
  readonly label: string;
  readonly kind: "plain" | "else" | "error" | "back";
}

export interface Picture {
  readonly nodes: readonly DrawnNode[];
  readonly edges: readonly DrawnEdge[];
  readonly width: number;
  readonly height: number;
}

interface Link {
  readonly from: string;
  readonly to: string;
  readonly label: string;
  readonly kind: DrawnEdge["kind"];
}

export const BOX = { width: 156, height: 40 };
const GAP = { x: 28, y: 46 };
const MARGIN = 16;
const START = "START";
const END = "END";

export function draw(definition: JsonObject): Picture {
  const nodes = objects(definition.nodes).filter((node) => node.type !== "note" && typeof node.id === "string");
  const names = [START, ...nodes.map((node) => String(node.id)), END];
  const links = linksOf(definition, nodes).filter((link) => names.includes(link.from) && names.includes(link.to));
  const layers = layersOf(names, links);
  const widest = Math.max(...layers.map((layer) => layer.length));
  const width = MARGIN * 2 + widest * BOX.width + (widest - 1) * GAP.x;
  const places = new Map<string, DrawnNode>();
  for (const [row, layer] of layers.entries()) {
    const inner = layer.length * BOX.width + (layer.length - 1) * GAP.x;
    for (const [column, id] of layer.entries()) {
      const node = nodes.find((each) => each.id === id);
      places.set(id, {
        id,
        label: text(node?.name) || id,
        type: kindOf(node),
        x: (width - inner) / 2 + column * (BOX.width + GAP.x),
        y: MARGIN + row * (BOX.height + GAP.y),
      });
    }
  }
  const edges = links.flatMap((link, index) => {
    const [from, to] = [places.get(link.from), places.get(link.to)];
    return from && to ? [{ key: `${index} ${link.from} ${link.to}`, from, to, label: link.label, kind: link.kind }] : [];
  });
  return {
    nodes: [...places.values()],
    edges,
    width,
    height: MARGIN * 2 + layers.length * BOX.height + (layers.length - 1) * GAP.y,
  };
}

/** A map or a loop is one box; it says how many nodes are inside. */
function kindOf(node: JsonObject | undefined): string {
  const type = text(node?.type);
  const body = node?.body;
  if (typeof body !== "object" || body === null || Array.isArray(body)) return type;
  const inside = objects(body.nodes).filter((each) => each.type !== "note").length;
  return `${type} · ${inside} ${inside === 1 ? "node" : "nodes"}`;
}

function linksOf(definition: JsonObject, nodes: readonly JsonObject[]): Link[] {
  const links: Link[] = objects(definition.edges).map((edge) => ({
    from: text(edge.from),
    to: text(edge.to),
    label: text(edge.label) || conditionOf(edge),
    kind: edge.max_visits != null ? "back" : edge.else === true ? "else" : "plain",
  }));
  for (const node of nodes) {
    const route = node.on_error;
    if (typeof route === "object" && route !== null && !Array.isArray(route) && typeof route.goto === "string")
      links.push({ from: String(node.id), to: route.goto, label: "on error", kind: "error" });
  }
  return links;
}

function conditionOf(edge: JsonObject): string {
  if (typeof edge.when === "string") return edge.when;
  if (edge.case !== undefined && edge.case !== null) return stringifyJson(edge.case);
  return edge.else === true ? "else" : "";
}

/** Each name in the layer behind the last of those that lead to it; edges that close a circle do not count. */
function layersOf(names: readonly string[], links: readonly Link[]): string[][] {
  const depth = new Map(names.map((name) => [name, name === START ? 0 : 1]));
  const forward = links.filter((link) => link.kind !== "back");
  for (let round = 0; round < names.length; round += 1) {
    let isChanged = false;
    for (const { from, to } of forward) {
      const next = (depth.get(from) ?? 0) + 1;
      if (next > (depth.get(to) ?? 0) && next <= names.length) {
        depth.set(to, next);
        isChanged = true;
      }
    }
    if (!isChanged) break;
  }
  depth.set(END, Math.max(...names.filter((name) => name !== END).map((name) => depth.get(name) ?? 0)) + 1);
  const layers: string[][] = [];
  for (const name of names) {
    const row = depth.get(name) ?? 0;
    layers[row] = [...(layers[row] ?? []), name];
  }
  return layers.filter((layer) => layer !== undefined);
}

function objects(value: Json | undefined): JsonObject[] {
  if (!Array.isArray(value)) return [];
  return value.filter((each): each is JsonObject => typeof each === "object" && each !== null && !Array.isArray(each));
}

function text(value: Json | undefined): string {
  return typeof value === "string" ? value : "";
}
