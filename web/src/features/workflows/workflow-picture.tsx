import { useMemo } from "react";
import type { JsonObject } from "@/api/types";
import { cx } from "@/lib/cx";
import { BOX, type DrawnEdge, type DrawnNode, draw } from "./picture";

interface Props {
  readonly definition: JsonObject;
  /** Nodes with findings. */
  readonly marked?: ReadonlySet<string>;
}

const LONGEST = 26;
const DASHES: Record<DrawnEdge["kind"], string | undefined> = {
  plain: undefined,
  else: "6 4",
  error: "2 4",
  back: "6 4",
};
const NONE: ReadonlySet<string> = new Set();

/** A workflow's graph, from START at the top to END. */
export function WorkflowPicture({ definition, marked = NONE }: Props) {
  const picture = useMemo(() => draw(definition), [definition]);
  const steps = picture.nodes.length - 2;
  return (
    <div className="overflow-auto">
      <svg
        role="img"
        aria-label={`Graph of ${steps} ${steps === 1 ? "node" : "nodes"}`}
        viewBox={`0 0 ${picture.width} ${picture.height}`}
        style={{ minWidth: Math.min(picture.width, 320), maxWidth: picture.width }}
        className="mx-auto block h-auto w-full"
      >
        <defs>
          <marker id="workflow-arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">
            <path d="M0 0L8 4L0 8z" className="fill-muted" />
          </marker>
        </defs>
        {picture.edges.map((edge) => (
          <Edge key={edge.key} edge={edge} width={picture.width} />
        ))}
        {picture.nodes.map((node) => (
          <Box key={node.id} node={node} isMarked={marked.has(node.id)} />
        ))}
      </svg>
    </div>
  );
}

function Edge({ edge, width }: { readonly edge: DrawnEdge; readonly width: number }) {
  const { from, to, kind, label } = edge;
  const start = { x: from.x + BOX.width / 2, y: from.y + BOX.height };
  const end = { x: to.x + BOX.width / 2, y: to.y };
  const goesUp = to.y <= from.y;
  const side = Math.min(width - 4, Math.max(from.x, to.x) + BOX.width + 12);
  const path = goesUp
    ? `M${from.x + BOX.width} ${from.y + BOX.height / 2}C${side} ${from.y + BOX.height / 2} ${side} ${to.y + BOX.height / 2} ${to.x + BOX.width} ${to.y + BOX.height / 2}`
    : `M${start.x} ${start.y}C${start.x} ${start.y + 24} ${end.x} ${end.y - 24} ${end.x} ${end.y}`;
  const middle = goesUp
    ? { x: side - 4, y: (from.y + to.y + BOX.height) / 2 }
    : { x: (start.x + end.x) / 2, y: (start.y + end.y) / 2 + 3 };
  return (
    <g>
      <path
        d={path}
        fill="none"
        strokeWidth={1.5}
        strokeDasharray={DASHES[kind]}
        className={kind === "error" ? "stroke-danger" : "stroke-line-strong"}
        markerEnd="url(#workflow-arrow)"
      />
      {label && (
        <text
          {...middle}
          textAnchor={goesUp ? "end" : "middle"}
          className="fill-muted stroke-surface text-[10px]"
          strokeWidth={3}
          paintOrder="stroke"
        >
          {short(label)}
        </text>
      )}
    </g>
  );
}

interface BoxProps {
  readonly node: DrawnNode;
  readonly isMarked: boolean;
}

function Box({ node, isMarked }: BoxProps) {
  const isEnd = node.type === "";
  return (
    <g transform={`translate(${node.x} ${node.y})`}>
      <rect
        width={BOX.width}
        height={BOX.height}
        rx={isEnd ? BOX.height / 2 : 8}
        strokeWidth={isMarked ? 2 : 1}
        className={cx(isEnd ? "fill-sunken" : "fill-surface", isMarked ? "stroke-danger" : "stroke-line-strong")}
      />
      <text x={BOX.width / 2} y={isEnd ? 25 : 18} textAnchor="middle" className="fill-fg font-medium text-xs">
        {short(node.label)}
      </text>
      {!isEnd && (
        <text x={BOX.width / 2} y={32} textAnchor="middle" className="fill-muted text-[10px]">
          {node.type.replace("_", " ")}
        </text>
      )}
    </g>
  );
}

function short(label: string): string {
  return label.length > LONGEST ? `${label.slice(0, LONGEST - 1)}…` : label;
}
