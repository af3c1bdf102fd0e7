/** What a run did at the nodes of its workflow's graph, by its steps. Pure. */
import type { Step } from "@/api/types";
import { END, type GraphEdge, objectOf, type Scope, START } from "../graph/document";

export type NodeStatus = "running" | "waiting" | "completed" | "failed" | "cancelled";

export interface NodeState {
  readonly status: NodeStatus;
  /** How often the node was visited; of a node in a map, how many items. */
  readonly visits: number;
  /** How many of its executions have failed. */
  readonly failed: number;
  /** Its last step. */
  readonly stepId: string;
  /** Where a decision led, of all its visits; null for a node that decides nothing. */
  readonly taken: ReadonlySet<string> | null;
}

/** From the least to the most urgent: a node shows what most needs to be seen of its executions. */
const ORDER: readonly NodeStatus[] = ["completed", "cancelled", "failed", "waiting", "running"];

/** The states of the nodes of one graph; a map or a loop also has what happens in its body. */
export function statesOf(steps: readonly Step[], scope: Scope): ReadonlyMap<string, NodeState> {
  const own = new Map<string, Step[]>();
  const inner = new Map<string, Step[]>();
  const prefix = scope.length === 0 ? "" : `${scope.join("/")}/`;
  for (const step of steps) {
    const path = step.node_id;
    if (path === null || !path.startsWith(prefix)) continue;
    const [id = "", ...rest] = path.slice(prefix.length).split("/");
    const into = rest.length === 0 ? own : inner;
    into.set(id, [...(into.get(id) ?? []), step]);
  }
  const states = new Map<string, NodeState>();
  for (const id of new Set([...own.keys(), ...inner.keys()])) {
    const state = stateOf(own.get(id) ?? [], inner.get(id) ?? []);
    if (state) states.set(id, state);
  }
  return states;
}

function stateOf(own: readonly Step[], inner: readonly Step[]): NodeState | null {
  const counted = own.length > 0 ? lastAttempts(own) : inner;
  const last = counted.at(-1);
  if (!last) return null;
  // A node that is visited again shows its last visit; executions beside one another show the most urgent.
  const visit = Math.max(...counted.map((step) => step.visit ?? 1));
  const shown = own.length > 0 ? counted.filter((step) => (step.visit ?? 1) === visit) : inner;
  const open = inner.filter((step) => step.status === "running" || step.status === "waiting");
  const statuses = [...shown, ...open].map((step) => statusOf(step));
  const status = statuses.reduce((worst, each) => (ORDER.indexOf(each) > ORDER.indexOf(worst) ? each : worst));
  return {
    status,
    taken: takenOf(own),
    visits: counted.length,
    failed: counted.filter((step) => step.status === "failed").length,
    stepId: last.id,
  };
}

/** Of several steps of one execution, as of attempts, the last. */
function lastAttempts(steps: readonly Step[]): Step[] {
  const last = new Map<string, Step>();
  for (const step of steps) {
    const key = `${step.parent_step_id ?? ""} ${step.item_index ?? ""} ${step.visit ?? 1}`;
    last.delete(key);
    last.set(key, step);
  }
  return [...last.values()];
}

function takenOf(steps: readonly Step[]): ReadonlySet<string> | null {
  const led = steps
    .filter((step) => step.step_type === "decision")
    .flatMap((step) => (Array.isArray(objectOf(step.output).taken) ? [objectOf(step.output).taken] : []));
  return led.length === 0 ? null : new Set(led.flat().map(String));
}

/**
 * The edges that a run went along, by their keys. A decision records where it led; of the other nodes, the edges to nodes
 * that were reached count, and those to END of a completed run where no other edge does.
 */
export function takenEdges<E extends GraphEdge & { readonly key: string }>(
  edges: readonly E[],
  states: ReadonlyMap<string, NodeState>,
  isOver: boolean,
): ReadonlySet<string> {
  const isLeft = (id: string) => (id === START ? states.size > 0 : states.get(id)?.status === "completed");
  const isWay = (edge: E) => {
    const taken = states.get(edge.from)?.taken;
    if (edge.kind === "error") return states.get(edge.from)?.status === "failed" && states.has(edge.to);
    if (!isLeft(edge.from) || (taken && !taken.has(edge.to))) return false;
    return edge.to === END ? isOver : states.has(edge.to);
  };
  const ways = edges.filter(isWay);
  const busy = new Set(ways.filter((edge) => edge.to !== END).map((edge) => edge.from));
  return new Set(
    ways.filter((edge) => edge.to !== END || !busy.has(edge.from) || states.get(edge.from)?.taken).map((edge) => edge.key),
  );
}

function statusOf(step: Step): NodeStatus {
  return step.status === "interrupted" ? "cancelled" : step.status;
}
