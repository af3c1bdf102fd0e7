/** The order in which a graph is read: from START along its edges, each node after those that lead to it. Pure. */
import type { JsonObject } from "@/api/types";
import { END, edgesOf, type GraphEdge, type GraphNode, nodesOf, type Scope, START } from "../graph/document";

export interface OutlineRow {
  readonly id: string;
  readonly at: GraphNode | undefined;
  readonly out: readonly GraphEdge[];
}

export function outlineOf(graph: JsonObject, scope: Scope): OutlineRow[] {
  const nodes = new Map(nodesOf(graph).map((each) => [each.id, each]));
  const edges = edgesOf(graph, scope);
  const order: string[] = [];
  const seen = new Set<string>();
  // Depth first, put down on the way back: turned round, a node stands before all that it leads to.
  const stack: { id: string; next: number }[] = [{ id: START, next: 0 }];
  seen.add(START);
  const out = new Map<string, GraphEdge[]>();
  for (const edge of edges) out.set(edge.from, [...(out.get(edge.from) ?? []), edge]);
  for (let top = stack.at(-1); top; top = stack.at(-1)) {
    const ways = out.get(top.id) ?? [];
    const edge = ways[ways.length - 1 - top.next];
    top.next += 1;
    if (!edge) {
      order.push(top.id);
      stack.pop();
    } else if (!seen.has(edge.to) && edge.to !== END) {
      seen.add(edge.to);
      stack.push({ id: edge.to, next: 0 });
    }
  }
  const rest = [...nodes.keys()].filter((id) => !seen.has(id));
  return [...order.reverse(), ...rest, END].map((id) => ({ id, at: nodes.get(id), out: out.get(id) ?? [] }));
}
