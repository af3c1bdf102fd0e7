import { type RefObject, useImperativeHandle, useRef } from "react";
import type { Viewport } from "../waterfall/viewport";
import type { MindMap } from "./mind-map";

export interface MiniMapHandle {
  show: (view: Viewport, frame: { width: number; height: number }) => void;
}

const WIDTH = 168;
const HEIGHT = 108;

/** The whole map small, with the part that is in sight. */
export function MiniMap({ map, handle }: { readonly map: MindMap; readonly handle: RefObject<MiniMapHandle | null> }) {
  const inSight = useRef<SVGRectElement>(null);
  useImperativeHandle(handle, () => ({
    show: (view, frame) => {
      const rect = inSight.current;
      if (!rect) return;
      rect.setAttribute("x", String(-view.x / view.scale));
      rect.setAttribute("y", String(-view.y / view.scale));
      rect.setAttribute("width", String(frame.width / view.scale));
      rect.setAttribute("height", String(frame.height / view.scale));
    },
  }));
  const stroke = Math.max(map.width / WIDTH, map.height / HEIGHT) * 1.5;
  return (
    <svg
      viewBox={`0 0 ${map.width} ${map.height}`}
      width={WIDTH}
      height={HEIGHT}
      role="presentation"
      className="pointer-events-none absolute right-3 bottom-3 rounded-md border border-line bg-surface/90 p-1.5"
    >
      {map.nodes.map((node) => (
        <rect
          key={node.thought.node_id}
          x={node.x}
          y={node.y}
          width={node.width}
          height={node.height}
          className="fill-line-strong"
        />
      ))}
      <rect ref={inSight} className="fill-none stroke-accent" strokeWidth={stroke} />
    </svg>
  );
}
