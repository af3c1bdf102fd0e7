import type { JsonObject } from "@/api/types";
import type { Scope } from "../graph/document";
import type { Marks } from "../graph/findings";
import type { Point, Selection } from "../graph/operations";
import type { NodeState } from "../run/states";

/** What a canvas tells when its graph is changed on it. */
export interface Editing {
  readonly onMove: (points: ReadonlyMap<string, Point>) => void;
  readonly onConnect: (from: string, to: string) => void;
  /** A type of the palette was dropped; `others` are the places of the nodes that are there. */
  readonly onDrop: (type: string, at: Point, others: ReadonlyMap<string, Point>) => void;
  readonly onRemove: (ids: ReadonlySet<string>) => void;
  readonly onRemoveEdge: (index: number) => void;
}

/** How nodes, by their ids, and edges, by their places, differ from another version. */
export interface Changes {
  readonly nodes: ReadonlyMap<string, ChangeMark>;
  readonly edges: ReadonlyMap<number, ChangeMark>;
}

export type ChangeMark = "added" | "removed" | "changed";

export interface CanvasProps {
  readonly definition: JsonObject;
  readonly scope: Scope;
  readonly selection: Selection;
  readonly onSelect: (selection: Selection) => void;
  readonly marks?: Marks | undefined;
  /** What differs from another version. */
  readonly changes?: Changes | undefined;
  /** The states of a run's nodes. */
  readonly states?: ReadonlyMap<string, NodeState> | undefined;
  /** Whether the run that is shown is completed. */
  readonly isOver?: boolean;
  /** Without it the graph is only shown. */
  readonly editing?: Editing | undefined;
  readonly onOpen?: ((id: string) => void) | undefined;
  /** Enter at a node. */
  readonly onEnter?: (() => void) | undefined;
}
