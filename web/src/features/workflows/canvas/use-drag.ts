import type { NodeChange } from "@xyflow/react";
import { useState } from "react";
import { END, START } from "../graph/document";
import type { Point } from "../graph/operations";
import type { Editing } from "./canvas-props";
import type { AnyNode } from "./node-view";

/** Where nodes are while they are dragged; where they are let go becomes part of the draft. */
export function useDrag(points: ReadonlyMap<string, Point>, editing: Editing | undefined) {
  const [dragged, setDragged] = useState<ReadonlyMap<string, Point> | null>(null);
  return {
    dragged,
    onChange(changes: readonly NodeChange<AnyNode>[]): void {
      const moved = changes.flatMap((change) =>
        change.type === "position" && change.position && change.dragging ? [[change.id, change.position] as const] : [],
      );
      if (moved.length > 0 && editing) setDragged((before) => new Map([...(before ?? []), ...moved]));
    },
    onStop(): void {
      // All nodes keep the places that they have: the others would move away if they were laid out again.
      if (dragged) editing?.onMove(new Map([...withoutEnds(points), ...dragged]));
      setDragged(null);
    },
  };
}

export function withoutEnds(points: ReadonlyMap<string, Point>): Map<string, Point> {
  return new Map([...points].filter(([id]) => id !== START && id !== END));
}
