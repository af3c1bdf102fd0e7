import { type KeyboardEvent, type RefObject, useCallback, useEffect, useLayoutEffect, useRef, useState } from "react";
import { clamp } from "./viewport";

const MAX_ZOOM = 400;

/** Horizontal zoom of a scrolled frame: the drawing gets wider, and what was in the middle (or under the pointer) stays. */
export function useZoom(frame: RefObject<HTMLElement | null>, gutter: number) {
  const [scale, setScale] = useState(1);
  const anchor = useRef<{ part: number; x: number } | null>(null);

  useLayoutEffect(() => {
    const element = frame.current;
    if (!element || !anchor.current) return;
    element.scrollLeft = anchor.current.part * (element.clientWidth * scale - gutter) - anchor.current.x;
    anchor.current = null;
  }, [scale, frame, gutter]);

  const by = useCallback(
    (factor: number, x?: number) => {
      const element = frame.current;
      if (!element) return;
      const at = x ?? element.clientWidth / 2;
      setScale((before) => {
        anchor.current = { part: (element.scrollLeft + at) / (element.clientWidth * before - gutter), x: at };
        return clamp(before * factor, 1, MAX_ZOOM);
      });
    },
    [frame, gutter],
  );

  /** Show a stretch of the whole, both ends as parts of it. */
  const to = useCallback((from: number, end: number) => {
    anchor.current = { part: from, x: 0 };
    setScale(clamp(1 / Math.max(1e-6, end - from), 1, MAX_ZOOM));
  }, []);

  const reset = useCallback(() => setScale(1), []);

  useEffect(() => {
    const element = frame.current;
    if (!element) return;
    const onWheel = (event: WheelEvent) => {
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      by(Math.exp(-event.deltaY * 0.003), event.clientX - element.getBoundingClientRect().left);
    };
    element.addEventListener("wheel", onWheel, { passive: false });
    return () => element.removeEventListener("wheel", onWheel);
  }, [frame, by]);

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const keys: Record<string, () => void> = { "+": () => by(1.5), "=": () => by(1.5), "-": () => by(1 / 1.5), "0": reset };
    const act = keys[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  };

  return { scale, by, to, reset, onKeyDown };
}
