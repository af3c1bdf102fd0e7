/** A drawing as React Flow takes it. Pure. */
import type { JsonObject } from "@/api/types";
import { END, type GraphNode, isContainer, isObject, START, textOf, titleOf } from "../graph/document";
import type { Marks } from "../graph/findings";
import type { Point, Selection } from "../graph/operations";
import { words } from "../graph/schema";
import { type NodeState, takenEdges } from "../run/states";
import type { Changes } from "./canvas-props";
import { BOX, type Drawing, END_BOX, NOTE_BOX, type Placed } from "./drawing";
import type { WayEdge } from "./edge-view";
import { summaryOf } from "./node-look";
import type { AnyNode, StepNode } from "./node-view";

export interface Shown {
  readonly marks: Marks | undefined;
  readonly changes?: Changes | undefined;
  /** The states of a run's nodes; undefined where no run is shown. */
  readonly states: ReadonlyMap<string, NodeState> | undefined;
  readonly isOver: boolean;
  readonly onOpen: ((id: string) => void) | undefined;
}

export function flowNodes(drawing: Drawing, { points }: Placed, shown: Shown): AnyNode[] {
  const at = (id: string): Point => points.get(id) ?? { x: 0, y: 0 };
  const ends = [START, END].map((id) => {
    const hasState = shown.states !== undefined && (id === START ? shown.states.size > 0 : shown.isOver);
    return {
      id,
      type: "end" as const,
      position: at(id),
      ...END_BOX,
      data: { title: id, hasState },
      draggable: false,
      deletable: false,
      ariaRole: "group" as const,
      ariaLabel: id === START ? "Start" : "End",
    };
  });
  const steps = drawing.nodes.map((each) => stepNode(each, at(each.id), shown));
  const notes = drawing.notes.map(({ id, node }) => ({
    id,
    type: "note" as const,
    position: at(id),
    ...NOTE_BOX,
    data: { text: textOf(node.text) },
    ariaRole: "group" as const,
    ariaLabel: `Note ${id}`,
  }));
  return [...ends, ...steps, ...notes];
}

function stepNode({ id, type, node }: GraphNode, position: Point, shown: Shown): StepNode {
  const [mark, state] = [shown.marks?.nodes.get(id), shown.states?.get(id)];
  const open = shown.onOpen;
  return {
    id,
    type: "step",
    position,
    ...BOX,
    data: {
      type,
      title: titleOf(node),
      summary: summaryOf(node),
      mark,
      change: shown.changes?.nodes.get(id),
      state,
      isRun: shown.states !== undefined,
      isOff: node.disabled === true,
      onOpen: open && isContainer(type) && isObject(node.body) ? () => open(id) : undefined,
    },
    ariaRole: "group",
    ariaLabel: labelOf(node, type, mark, shown.changes?.nodes.get(id) ?? (shown.states && (state?.status ?? "not reached"))),
  };
}

function labelOf(node: JsonObject, type: string, mark: string | undefined, status: string | undefined): string {
  const parts = [titleOf(node), words(type), ...(status ? [status] : []), ...(mark ? [`with ${mark}s`] : [])];
  return parts.join(", ");
}

export function flowEdges(
  drawing: Drawing,
  { routes }: Placed,
  shown: Shown,
  selection: Selection,
  onSelect: (index: number) => void,
): WayEdge[] {
  const taken = shown.states ? takenEdges(drawing.edges, shown.states, shown.isOver) : undefined;
  return drawing.edges.map(({ key, index, from, to, label, kind }) => {
    const isSelected = index >= 0 && selection?.kind === "edge" && selection.index === index;
    return {
      id: key,
      type: "way" as const,
      source: from,
      target: to,
      selected: isSelected,
      selectable: index >= 0,
      focusable: false,
      ...(isSelected ? { zIndex: 1 } : {}),
      ariaLabel: `From ${from} to ${to}${label ? `, ${label}` : ""}`,
      data: {
        label,
        kind,
        route: routes[key],
        mark: shown.marks?.edges.get(index),
        change: shown.changes?.edges.get(index),
        isTaken: taken?.has(key) === true,
        index,
        onSelect,
      },
    };
  });
}

/** The elements, but those of before that are alike: React Flow and React draw only what is new. */
export function keepAlike<E extends { readonly id: string }>(before: readonly E[], next: readonly E[]): E[] {
  const known = new Map(before.map((each) => [each.id, each]));
  return next.map((each) => {
    const old = known.get(each.id);
    return old && isAlike(old, each, 2) ? old : each;
  });
}

/** Whether two objects have the same values, in their own objects too down to a depth. */
function isAlike(left: object, right: object, depth: number): boolean {
  const [ours, theirs] = [Object.entries(left), right as Record<string, unknown>];
  return (
    ours.length === Object.keys(right).length &&
    ours.every(([key, value]) => {
      const other = theirs[key];
      if (value === other) return true;
      const areObjects = typeof value === "object" && typeof other === "object" && value !== null && other !== null;
      return depth > 0 && areObjects && isAlike(value, other, depth - 1);
    })
  );
}
