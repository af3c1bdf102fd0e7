import "./mind-map.css";
import { memo, type Ref, useEffect, useState } from "react";
import { duration } from "@/lib/format";
import { THOUGHT_LABEL } from "../labels";
import type { ThoughtType } from "../types";
import { type Direction, edgePath, type MapNode, type MindMap } from "./mind-map";
import { fillOpacity, shapePath } from "./thought-shape";

interface Props {
  readonly map: MindMap;
  readonly direction: Direction;
  readonly selected: string | undefined;
  readonly hits: ReadonlySet<string> | null;
  readonly ref: Ref<HTMLDivElement>;
}

const INK: Record<ThoughtType, string> = {
  input: "var(--chart-decision)",
  processing: "var(--chart-model)",
  action: "var(--chart-tool)",
  output: "var(--chart-output)",
};

/** The drawing itself: edges and shapes in one SVG, the words over them as HTML. */
export const MapPlane = memo(function MapPlane({ map, direction, selected, hits, ref }: Props) {
  const isSettled = useSettled(map.nodes.length > 0);
  return (
    <div ref={ref} data-settled={isSettled} className="group absolute top-0 left-0 origin-top-left will-change-transform">
      <svg width={map.width} height={map.height} className="absolute top-0 left-0 overflow-visible" role="presentation">
        {map.edges.map((edge) => (
          <path
            key={edge.id}
            d={edgePath(edge, direction)}
            className="thought-in fill-none stroke-line-strong"
            strokeWidth={1.5}
          />
        ))}
        {map.nodes.map((node) => (
          <Shape
            key={node.thought.node_id}
            node={node}
            isSelected={selected === node.thought.node_id}
            isDimmed={hits !== null && !hits.has(node.thought.node_id)}
          />
        ))}
      </svg>
      {map.nodes.map((node) => (
        <Words key={node.thought.node_id} node={node} isDimmed={hits !== null && !hits.has(node.thought.node_id)} />
      ))}
    </div>
  );
});

/** Thoughts that are there at first do not fade in, those that come later do. */
function useSettled(hasNodes: boolean): boolean {
  const [isSettled, setSettled] = useState(false);
  useEffect(() => {
    if (!hasNodes || isSettled) return;
    const frame = requestAnimationFrame(() => setSettled(true));
    return () => cancelAnimationFrame(frame);
  }, [hasNodes, isSettled]);
  return isSettled;
}

interface ShapeProps {
  readonly node: MapNode;
  readonly isSelected: boolean;
  readonly isDimmed: boolean;
}

const Shape = memo(function Shape({ node, isSelected, isDimmed }: ShapeProps) {
  const { thought, x, y, width, height } = node;
  const d = shapePath(thought.node_type, width, height);
  const ink = INK[thought.node_type];
  return (
    <g transform={`translate(${x} ${y})`} className="thought-in" opacity={isDimmed ? 0.25 : 1}>
      {isSelected && (
        <path d={d} fill="none" stroke="var(--color-accent)" strokeWidth={7} strokeLinejoin="round" opacity={0.55} />
      )}
      <path d={d} className="fill-surface" />
      <path
        d={d}
        fill={ink}
        fillOpacity={fillOpacity(thought.confidence_score)}
        stroke={ink}
        strokeWidth={isSelected ? 2.5 : 1.5}
        strokeLinejoin="round"
        strokeDasharray={thought.confidence_score === null ? "4 3" : undefined}
      />
    </g>
  );
});

const Words = memo(function Words({ node, isDimmed }: { readonly node: MapNode; readonly isDimmed: boolean }) {
  const { thought, x, y, width, height } = node;
  return (
    <div
      data-node={thought.node_id}
      className="thought-in absolute cursor-pointer px-4 py-2 text-fg"
      style={{ transform: `translate(${x}px, ${y}px)`, width, height, opacity: isDimmed ? 0.25 : undefined }}
    >
      <div className="flex items-center gap-1.5 text-2xs text-muted group-data-[far=true]:hidden">
        <span className="font-medium">{THOUGHT_LABEL[thought.node_type]}</span>
        {thought.confidence_score !== null && (
          <span className="tabular-nums">{Math.round(thought.confidence_score * 100)} %</span>
        )}
        {thought.processing_time_ms !== null && <span className="tabular-nums">{duration(thought.processing_time_ms)}</span>}
      </div>
      <p className="line-clamp-3 text-xs leading-[17px] break-words group-data-[far=true]:hidden">{thought.content}</p>
      {node.childCount > 0 && (
        <span
          data-toggle={thought.node_id}
          className="absolute -right-2.5 top-1/2 grid h-5 min-w-5 -translate-y-1/2 place-items-center rounded-full border border-line-strong bg-surface px-1 text-2xs font-medium tabular-nums text-muted hover:text-fg"
        >
          {node.hiddenCount > 0 ? `+${node.hiddenCount}` : "−"}
        </span>
      )}
    </div>
  );
});
