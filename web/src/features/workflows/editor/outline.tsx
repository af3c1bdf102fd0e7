import { CircleAlert, CornerDownRight, Maximize2, TriangleAlert } from "lucide-react";
import { useMemo } from "react";
import type { JsonObject } from "@/api/types";
import { IconButton } from "@/components/ui/button";
import { cx } from "@/lib/cx";
import { lookOf, summaryOf } from "../canvas/node-look";
import { type GraphEdge, isContainer, isObject, type Scope, titleOf } from "../graph/document";
import type { Marks, Worst } from "../graph/findings";
import type { Selection } from "../graph/operations";
import { type OutlineRow, outlineOf } from "./outline-order";

interface Props {
  readonly graph: JsonObject;
  readonly scope: Scope;
  readonly marks: Marks;
  readonly selection: Selection;
  readonly onSelect: (selection: Selection) => void;
  readonly onOpen: (id: string) => void;
}

/** The graph as a list: for a keyboard and a screen reader, and where there is no room for a canvas. */
export function Outline({ graph, scope, marks, selection, onSelect, onOpen }: Props) {
  const rows = useMemo(() => outlineOf(graph, scope), [graph, scope]);
  return (
    <ol aria-label="Outline" className="flex flex-col gap-0.5">
      {rows.map((row) => (
        <li key={row.id}>
          <Row
            row={row}
            mark={marks.nodes.get(row.id)}
            isChosen={selection?.kind === "node" && selection.id === row.id}
            onSelect={() => onSelect({ kind: "node", id: row.id })}
            onOpen={onOpen}
          />
          {row.out.length > 0 && (
            <ul aria-label={`Edges from ${row.id}`} className="mb-1 ml-9 flex flex-col">
              {row.out.map((edge) => (
                <li key={`${edge.index} ${edge.kind} ${edge.to}`}>
                  <EdgeRow
                    edge={edge}
                    mark={marks.edges.get(edge.index)}
                    isChosen={selection?.kind === "edge" && selection.index === edge.index}
                    onSelect={() => onSelect({ kind: "edge", index: edge.index })}
                  />
                </li>
              ))}
            </ul>
          )}
        </li>
      ))}
    </ol>
  );
}

interface RowProps {
  readonly row: OutlineRow;
  readonly mark: Worst | undefined;
  readonly isChosen: boolean;
  readonly onSelect: () => void;
  readonly onOpen: (id: string) => void;
}

function Row({ row, mark, isChosen, onSelect, onOpen }: RowProps) {
  const { at } = row;
  const { icon: Icon, ink } = lookOf(at?.type ?? "");
  return (
    <div className="flex items-center gap-1">
      <button
        type="button"
        aria-pressed={isChosen}
        onClick={onSelect}
        className={cx(
          "flex min-w-0 flex-1 items-center gap-2.5 rounded-md px-2 py-1.5 text-left",
          isChosen ? "bg-selected" : "hover:bg-hover",
        )}
      >
        {at ? (
          <span className={cx("inline-flex size-6 shrink-0 items-center justify-center rounded", ink)}>
            <Icon aria-hidden className="size-3.5" />
          </span>
        ) : (
          <span aria-hidden className="inline-flex size-6 shrink-0 items-center justify-center">
            <span className="size-2 rounded-full bg-line-strong" />
          </span>
        )}
        <span className="min-w-0 truncate font-medium text-fg text-sm">{at ? titleOf(at.node) : row.id}</span>
        {at && <span className="min-w-0 truncate text-muted text-xs">{summaryOf(at.node)}</span>}
        <Mark mark={mark} />
      </button>
      {at && isContainer(at.type) && isObject(at.node.body) && (
        <IconButton size="sm" icon={Maximize2} label={`Open the body of ${at.id}`} onClick={() => onOpen(at.id)} />
      )}
    </div>
  );
}

interface EdgeRowProps {
  readonly edge: GraphEdge;
  readonly mark: Worst | undefined;
  readonly isChosen: boolean;
  readonly onSelect: () => void;
}

function EdgeRow({ edge, mark, isChosen, onSelect }: EdgeRowProps) {
  return (
    <button
      type="button"
      disabled={edge.index < 0}
      aria-pressed={isChosen}
      aria-label={`Edge from ${edge.from} to ${edge.to}${edge.label ? `, ${edge.label}` : ""}`}
      onClick={onSelect}
      className={cx(
        "flex min-h-6 w-full min-w-0 items-center gap-1.5 rounded px-1.5 py-0.5 text-left text-muted text-xs disabled:cursor-default",
        isChosen ? "bg-selected" : "enabled:hover:bg-hover",
      )}
    >
      <CornerDownRight aria-hidden className="size-3 shrink-0 text-faint" />
      <span className="shrink-0 text-fg">{edge.to}</span>
      <span className="min-w-0 truncate font-mono">{edge.label}</span>
      <Mark mark={mark} />
    </button>
  );
}

function Mark({ mark }: { readonly mark: Worst | undefined }) {
  if (mark === "error") return <CircleAlert aria-label="with errors" className="size-3.5 shrink-0 text-danger" />;
  if (mark === "warning") return <TriangleAlert aria-label="with warnings" className="size-3.5 shrink-0 text-warning" />;
  return null;
}
