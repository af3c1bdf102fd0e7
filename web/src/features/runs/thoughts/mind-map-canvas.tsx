import {
  type PointerEvent as ReactPointerEvent,
  type RefObject,
  useCallback,
  useEffect,
  useImperativeHandle,
  useLayoutEffect,
  useRef,
} from "react";
import { framed, panned, reveal, type Viewport, zoomAt } from "../waterfall/viewport";
import { MapPlane } from "./map-plane";
import type { Direction, MapNode, MindMap } from "./mind-map";
import { MiniMap, type MiniMapHandle } from "./mini-map";

export interface CanvasHandle {
  zoomBy: (factor: number) => void;
  fit: () => void;
  reveal: (node: MapNode) => void;
}

interface Props {
  readonly map: MindMap;
  readonly direction: Direction;
  readonly selected: string | undefined;
  readonly hits: ReadonlySet<string> | null;
  readonly onSelect: (nodeId: string) => void;
  readonly onToggle: (nodeId: string) => void;
  readonly handle: RefObject<CanvasHandle | null>;
}

const SMALLEST_FIRST_LOOK = 0.8;
const FAR_AWAY = 0.42;
const CLICK_SLOP = 4;
const MINI_MAP_FROM = 150;

/**
 * The map under a viewport that only the reader moves. The viewport lives outside React: panning at 60 frames a second
 * changes one transform and renders nothing. Hidden from screen readers: the outline beside it says the same.
 */
export function MindMapCanvas({ map, direction, selected, hits, onSelect, onToggle, handle }: Props) {
  const frame = useRef<HTMLDivElement>(null);
  const plane = useRef<HTMLDivElement>(null);
  const mini = useRef<MiniMapHandle>(null);
  const view = useRef<Viewport | null>(null);
  const drawing = useRef(map);
  drawing.current = map;

  const apply = useCallback((next: Viewport) => {
    view.current = next;
    if (plane.current) {
      plane.current.style.transform = `translate(${next.x}px, ${next.y}px) scale(${next.scale})`;
      plane.current.dataset.far = String(next.scale < FAR_AWAY);
    }
    const size = frame.current?.getBoundingClientRect();
    if (size) mini.current?.show(next, size);
  }, []);

  const fitAll = useCallback(
    (smallest: number) => {
      const size = frame.current?.getBoundingClientRect();
      const root = drawing.current.nodes[0];
      if (size && size.width > 0 && root) apply(framed(drawing.current, size, smallest, root));
    },
    [apply],
  );

  // The first look fits the drawing; after that nothing but the reader moves the view.
  useLayoutEffect(() => {
    if (view.current === null && map.nodes.length > 0) fitAll(SMALLEST_FIRST_LOOK);
    else if (view.current) apply(view.current);
  }, [map, fitAll, apply]);

  const hasTurned = useRef(direction);
  useLayoutEffect(() => {
    if (hasTurned.current === direction) return;
    hasTurned.current = direction;
    fitAll(SMALLEST_FIRST_LOOK);
  }, [direction, fitAll]);

  useImperativeHandle(
    handle,
    () => ({
      fit: () => fitAll(0),
      zoomBy: (factor) => {
        const size = frame.current?.getBoundingClientRect();
        if (size && view.current) apply(zoomAt(view.current, factor, size.width / 2, size.height / 2));
      },
      reveal: (node) => {
        const size = frame.current?.getBoundingClientRect();
        if (size && view.current) apply(reveal(view.current, node, size));
      },
    }),
    [apply, fitAll],
  );

  useWheel(frame, view, apply);
  const drag = useDrag(view, apply);

  const choose = (event: ReactPointerEvent<HTMLDivElement>) => {
    if (!drag.wasClick(event)) return;
    const target = event.target as Element;
    const toggle = target.closest<HTMLElement>("[data-toggle]")?.dataset.toggle;
    const node = target.closest<HTMLElement>("[data-node]")?.dataset.node;
    if (toggle !== undefined) onToggle(toggle);
    else if (node !== undefined) onSelect(node);
  };

  return (
    <div
      ref={frame}
      aria-hidden="true"
      data-testid="mind-map"
      className="relative h-full w-full cursor-grab touch-none overflow-hidden bg-[radial-gradient(var(--color-line)_1px,transparent_1px)] [background-size:22px_22px] select-none active:cursor-grabbing"
      onPointerDown={drag.start}
      onPointerMove={drag.move}
      onPointerUp={choose}
      onPointerCancel={drag.cancel}
    >
      <MapPlane ref={plane} map={map} direction={direction} selected={selected} hits={hits} />
      {map.nodes.length >= MINI_MAP_FROM && <MiniMap map={map} handle={mini} />}
    </div>
  );
}

function useWheel(
  frame: RefObject<HTMLDivElement | null>,
  view: RefObject<Viewport | null>,
  apply: (next: Viewport) => void,
) {
  useEffect(() => {
    const element = frame.current;
    if (!element) return;
    // React's wheel listener is passive, so the page would scroll as well.
    const onWheel = (event: WheelEvent) => {
      event.preventDefault();
      if (!view.current) return;
      const box = element.getBoundingClientRect();
      const isZoom = event.ctrlKey || event.metaKey;
      const factor = Math.exp(-event.deltaY * (event.deltaMode === 1 ? 0.05 : 0.0022));
      apply(
        isZoom
          ? zoomAt(view.current, factor, event.clientX - box.left, event.clientY - box.top)
          : panned(view.current, -event.deltaX, -event.deltaY),
      );
    };
    element.addEventListener("wheel", onWheel, { passive: false });
    return () => element.removeEventListener("wheel", onWheel);
  }, [frame, view, apply]);
}

/** Dragging with one pointer moves the view; two fingers zoom about the point between them. */
function useDrag(view: RefObject<Viewport | null>, apply: (next: Viewport) => void) {
  const pointers = useRef(new Map<number, { x: number; y: number }>());
  const travelled = useRef(0);

  const start = (event: ReactPointerEvent<HTMLDivElement>) => {
    if (event.button !== 0) return;
    if (pointers.current.size === 0) travelled.current = 0;
    pointers.current.set(event.pointerId, { x: event.clientX, y: event.clientY });
  };
  const move = (event: ReactPointerEvent<HTMLDivElement>) => {
    const before = pointers.current.get(event.pointerId);
    if (!before || !view.current) return;
    const now = { x: event.clientX, y: event.clientY };
    travelled.current += Math.abs(now.x - before.x) + Math.abs(now.y - before.y);
    if (travelled.current > CLICK_SLOP) event.currentTarget.setPointerCapture(event.pointerId);
    const other = [...pointers.current.entries()].find(([id]) => id !== event.pointerId)?.[1];
    if (other) {
      const box = event.currentTarget.getBoundingClientRect();
      const ratio = distance(now, other) / Math.max(1, distance(before, other));
      apply(zoomAt(view.current, ratio, (now.x + other.x) / 2 - box.left, (now.y + other.y) / 2 - box.top));
    } else {
      apply(panned(view.current, now.x - before.x, now.y - before.y));
    }
    pointers.current.set(event.pointerId, now);
  };
  const cancel = (event: ReactPointerEvent<HTMLDivElement>) => {
    pointers.current.delete(event.pointerId);
  };
  const wasClick = (event: ReactPointerEvent<HTMLDivElement>) => {
    pointers.current.delete(event.pointerId);
    return travelled.current <= CLICK_SLOP;
  };
  return { start, move, cancel, wasClick };
}

function distance(a: { x: number; y: number }, b: { x: number; y: number }): number {
  return Math.hypot(a.x - b.x, a.y - b.y);
}
