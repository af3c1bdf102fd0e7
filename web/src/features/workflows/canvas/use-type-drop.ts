import { useReactFlow } from "@xyflow/react";
import type { DragEvent } from "react";
import type { Point } from "../graph/operations";
import type { Editing } from "./canvas-props";
import { DRAGGED_TYPE } from "./dragged-type";
import { BOX } from "./drawing";
import { withoutEnds } from "./use-drag";

/** Puts a type of the palette where it is dropped. */
export function useTypeDrop(points: ReadonlyMap<string, Point>, editing: Editing | undefined) {
  const { screenToFlowPosition } = useReactFlow();
  return (event: DragEvent) => {
    const type = event.dataTransfer.getData(DRAGGED_TYPE);
    if (!type || !editing) return;
    event.preventDefault();
    const { x, y } = screenToFlowPosition({ x: event.clientX, y: event.clientY });
    editing.onDrop(type, { x: x - BOX.width / 2, y: y - BOX.height / 2 }, withoutEnds(points));
  };
}
