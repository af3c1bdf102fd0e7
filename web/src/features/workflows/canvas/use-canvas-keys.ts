import { useReactFlow, useStoreApi } from "@xyflow/react";
import { type KeyboardEvent, useEffect, useRef } from "react";
import { START } from "../graph/document";
import type { Point, Selection } from "../graph/operations";
import type { CanvasProps } from "./canvas-props";
import { BOX, neighbour } from "./drawing";
import type { Choice } from "./use-choice";

/** The keys of a canvas: arrows choose the next node, Enter goes to its settings, Delete removes what is chosen. */
export function useCanvasKeys(props: CanvasProps, points: ReadonlyMap<string, Point>, choice: Choice) {
  const { selection, onSelect, editing, onEnter } = props;
  const want = useNodeFocus(selection, points);

  function remove(): void {
    if (!editing) return;
    if (selection?.kind === "edge") editing.onRemoveEdge(selection.index);
    if (choice.ids.size > 0) editing.onRemove(choice.ids);
    choice.clear();
  }
  function act(key: string): boolean {
    if (key === "Enter" && choice.only !== undefined) onEnter?.();
    else if (key === "Delete" || key === "Backspace") remove();
    else {
      const next = neighbour(points, choice.only ?? START, key);
      if (next === undefined) return false;
      want(next);
      onSelect({ kind: "node", id: next });
    }
    return true;
  }
  return (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target instanceof HTMLElement && event.target.closest("input, textarea, button")) return;
    if (!act(event.key)) return;
    event.preventDefault();
    event.stopPropagation();
  };
}

/** Moves the focus to a node that was chosen by a key, once it is drawn, and the view to it where it is outside. */
function useNodeFocus(selection: Selection, points: ReadonlyMap<string, Point>): (id: string) => void {
  const wanted = useRef<string | null>(null);
  const { getViewport, setCenter } = useReactFlow();
  const store = useStoreApi();
  useEffect(() => {
    const id = wanted.current;
    if (id === null || selection?.kind !== "node" || selection.id !== id) return;
    wanted.current = null;
    const point = points.get(id) ?? { x: 0, y: 0 };
    const { width, height } = store.getState();
    const { x, y, zoom } = getViewport();
    const [left, top] = [point.x * zoom + x, point.y * zoom + y];
    const isOutside = left < 0 || top < 0 || left + BOX.width * zoom > width || top + BOX.height * zoom > height;
    if (isOutside) void setCenter(point.x + BOX.width / 2, point.y + BOX.height / 2, { zoom });
    const frame = requestAnimationFrame(() => {
      document.querySelector<HTMLElement>(`.react-flow__node[data-id="${CSS.escape(id)}"]`)?.focus({ preventScroll: true });
    });
    return () => cancelAnimationFrame(frame);
  }, [selection, points, getViewport, setCenter, store]);
  return (id) => {
    wanted.current = id;
  };
}
