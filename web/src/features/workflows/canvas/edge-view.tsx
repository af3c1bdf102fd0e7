import { type Edge, EdgeLabelRenderer, type EdgeProps } from "@xyflow/react";
import { memo } from "react";
import { cx } from "@/lib/cx";
import type { GraphEdge } from "../graph/document";
import type { Worst } from "../graph/findings";
import type { Route } from "../graph/layout";
import type { ChangeMark } from "./canvas-props";
import { BOX, shortLabel } from "./drawing";

export type EdgeData = {
  readonly label: string;
  readonly kind: GraphEdge["kind"];
  readonly route: Route | undefined;
  readonly mark: Worst | undefined;
  /** How it differs from another version. */
  readonly change: ChangeMark | undefined;
  readonly isTaken: boolean;
  /** Its place in `edges`; -1 for an edge that is not written there and cannot be chosen. */
  readonly index: number;
  readonly onSelect: (index: number) => void;
};

export type WayEdge = Edge<EdgeData, "way">;

const ASIDE = 36;

export const WayEdgeView = memo(function WayEdgeView(props: EdgeProps<WayEdge>) {
  const { data, selected } = props;
  if (!data) return null;
  const { path, label } = data.route ?? straight(props);
  const arrow = arrowOf(data, selected === true);
  return (
    <>
      <path
        className="workflow-edge"
        d={path}
        markerEnd={`url(#workflow-arrow-${arrow})`}
        data-kind={data.kind}
        data-mark={data.mark}
        data-change={data.change}
        data-taken={data.isTaken || undefined}
        data-selected={selected || undefined}
      />
      <path d={path} fill="none" strokeOpacity={0} strokeWidth={18} className="react-flow__edge-interaction" />
      {data.label !== "" && (
        <EdgeLabelRenderer>
          <span
            title={data.label}
            className={cx(
              "workflow-far-hidden nodrag nopan absolute max-w-52 truncate rounded border bg-surface px-1.5 font-mono text-2xs leading-4",
              data.index >= 0 && "pointer-events-auto cursor-pointer",
              selected ? "border-accent text-fg" : "border-line text-muted",
              (data.kind === "error" || data.mark === "error") && "text-danger",
            )}
            style={{ transform: `translate(-50%, -50%) translate(${label.x}px, ${label.y}px)` }}
            onPointerDown={data.index >= 0 ? () => data.onSelect(data.index) : undefined}
          >
            {shortLabel(data.label)}
          </span>
        </EdgeLabelRenderer>
      )}
    </>
  );
});

const ARROWS: Record<ChangeMark, string> = { added: "taken", removed: "error", changed: "plain" };

function arrowOf(data: EdgeData, isSelected: boolean): string {
  if (isSelected) return "selected";
  if (data.change) return ARROWS[data.change];
  if (data.kind === "error" || data.mark === "error") return "error";
  return data.isTaken ? "taken" : "plain";
}

/** A way between two nodes that were put by hand: down in a curve, or back beside both. */
function straight({ sourceX, sourceY, targetX, targetY }: EdgeProps<WayEdge>): Route {
  if (targetY > sourceY + 12) {
    const bend = Math.min(80, (targetY - sourceY) / 2);
    return {
      path: `M${sourceX} ${sourceY}C${sourceX} ${sourceY + bend} ${targetX} ${targetY - bend} ${targetX} ${targetY}`,
      label: { x: (sourceX + targetX) / 2, y: (sourceY + targetY) / 2 },
    };
  }
  const [from, to] = [
    { x: sourceX + BOX.width / 2, y: sourceY - BOX.height / 2 },
    { x: targetX + BOX.width / 2, y: targetY + BOX.height / 2 },
  ];
  const side = Math.max(from.x, to.x) + ASIDE;
  return {
    path: `M${from.x} ${from.y}C${side} ${from.y} ${side} ${to.y} ${to.x} ${to.y}`,
    label: { x: side - 8, y: (from.y + to.y) / 2 },
  };
}

/** The heads of the arrows, once on a page. */
export function ArrowHeads() {
  return (
    <svg aria-hidden="true" focusable="false" className="absolute size-0">
      <defs>
        {Object.entries({ plain: "fill-faint", error: "fill-danger", taken: "fill-success", selected: "fill-accent" }).map(
          ([name, fill]) => (
            <marker
              key={name}
              id={`workflow-arrow-${name}`}
              viewBox="0 0 8 8"
              refX="7"
              refY="4"
              markerUnits="userSpaceOnUse"
              markerWidth="9"
              markerHeight="9"
              orient="auto"
            >
              <path d="M0 0.5L8 4L0 7.5z" className={fill} />
            </marker>
          ),
        )}
      </defs>
    </svg>
  );
}
