import "@xyflow/react/dist/base.css";
import "./canvas.css";
import {
  Background,
  type Connection,
  type NodeChange,
  Panel,
  ReactFlow,
  type ReactFlowInstance,
  ReactFlowProvider,
  useReactFlow,
  useStore,
} from "@xyflow/react";
import { Maximize, Minus, Plus } from "lucide-react";
import { useCallback, useEffect, useMemo, useRef } from "react";
import type { JsonObject } from "@/api/types";
import { IconButton } from "@/components/ui/button";
import { Skeleton } from "@/components/ui/skeleton";
import { graphAt, START } from "../graph/document";
import { type Point, problemOfEdge } from "../graph/operations";
import type { CanvasProps } from "./canvas-props";
import { drawingOf, END_BOX, placed } from "./drawing";
import { ArrowHeads, type WayEdge, WayEdgeView } from "./edge-view";
import { flowEdges, flowNodes, keepAlike, type Shown } from "./flow";
import { type AnyNode, EndNodeView, NoteNodeView, StepNodeView } from "./node-view";
import { useCanvasKeys } from "./use-canvas-keys";
import { type Choice, useChoice } from "./use-choice";
import { useDrag } from "./use-drag";
import { type LaidOut, useLayout } from "./use-layout";
import { useTypeDrop } from "./use-type-drop";

const NODE_TYPES = { step: StepNodeView, end: EndNodeView, note: NoteNodeView };
const EDGE_TYPES = { way: WayEdgeView };
const FIT = { padding: 0.12, maxZoom: 1, minZoom: 0.35 };
const FAR = 0.4;
const READABLE = 0.65;
const EMPTY: JsonObject = {};

/** The graph of a workflow, laid out; with `editing` it can be changed. */
export default function Canvas(props: CanvasProps) {
  const graph = graphAt(props.definition, props.scope) ?? EMPTY;
  const drawing = useMemo(() => drawingOf(graph, props.scope), [graph, props.scope]);
  const laidOut = useLayout(drawing.input);
  if (!laidOut) return <Skeleton className="size-full min-h-40" />;
  return (
    <ReactFlowProvider key={props.scope.join("/")}>
      <Flow {...props} graph={graph} drawing={drawing} laidOut={laidOut} />
    </ReactFlowProvider>
  );
}

interface FlowProps extends CanvasProps {
  readonly graph: JsonObject;
  readonly drawing: ReturnType<typeof drawingOf>;
  readonly laidOut: LaidOut;
}

function Flow(props: FlowProps) {
  const { graph, drawing, laidOut, selection, onSelect, marks, changes, states, editing, onOpen } = props;
  const isOver = props.isOver === true;
  const isFar = useStore((state) => state.transform[2] < FAR);
  const place = useMemo(() => placed(drawing, laidOut.layout), [drawing, laidOut]);
  const shown: Shown = useMemo(() => ({ marks, changes, states, isOver, onOpen }), [marks, changes, states, isOver, onOpen]);
  const drag = useDrag(place.points, editing);
  const choice = useChoice(selection, onSelect);
  const onKeyDown = useCanvasKeys(props, place.points, choice);
  const onDrop = useTypeDrop(place.points, editing);

  const still = useAlike(useMemo(() => flowNodes(drawing, place, shown), [drawing, place, shown]));
  const nodes = useMemo(() => still.map((node) => withState(node, choice, drag.dragged)), [still, choice, drag.dragged]);
  const selectEdge = useCallback((index: number) => onSelect({ kind: "edge", index }), [onSelect]);
  const edges = useAlike(
    useMemo(
      () => flowEdges(drawing, drag.dragged ? { ...place, routes: {} } : place, shown, selection, selectEdge),
      [drawing, drag.dragged, place, shown, selection, selectEdge],
    ),
  );
  const onNodesChange = (moves: NodeChange<AnyNode>[]) => {
    drag.onChange(moves);
    choice.onChange(moves);
  };
  const isFree = (connection: Connection | WayEdge) =>
    problemOfEdge(graph, connection.source, connection.target) === undefined;
  const steps = drawing.nodes.length;

  return (
    <ReactFlow
      className="workflow-canvas"
      aria-label={`Graph of ${steps} ${steps === 1 ? "node" : "nodes"}`}
      data-editing={editing ? true : undefined}
      data-far={isFar || undefined}
      nodes={nodes}
      edges={edges}
      nodeTypes={NODE_TYPES}
      edgeTypes={EDGE_TYPES}
      onNodesChange={onNodesChange}
      onNodeDragStop={drag.onStop}
      onSelectionDragStop={drag.onStop}
      onConnect={({ source, target }) => editing?.onConnect(source, target)}
      isValidConnection={isFree}
      onEdgeClick={(_, { data }) => data && data.index >= 0 && data.onSelect(data.index)}
      onPaneClick={choice.clear}
      onNodeDoubleClick={(_, node) => node.type === "step" && node.data.onOpen?.()}
      onKeyDown={onKeyDown}
      onDrop={onDrop}
      onDragOver={(event) => event.preventDefault()}
      nodesDraggable={editing !== undefined}
      nodesConnectable={editing !== undefined}
      nodesFocusable={false}
      edgesFocusable={false}
      disableKeyboardA11y
      deleteKeyCode={null}
      selectNodesOnDrag={false}
      onlyRenderVisibleElements
      connectionRadius={28}
      minZoom={0.1}
      maxZoom={1.75}
      fitView
      fitViewOptions={FIT}
      onInit={(flow) => startAtStart(flow, place.points.get(START))}
      proOptions={PLAIN}
    >
      <ArrowHeads />
      <Background gap={20} size={1} />
      <Zoom />
    </ReactFlow>
  );
}

/** A list whose elements stay the same objects while they are alike. */
function useAlike<E extends { readonly id: string }>(list: readonly E[]): E[] {
  const before = useRef<readonly E[]>([]);
  const kept = useMemo(() => keepAlike(before.current, list), [list]);
  useEffect(() => {
    before.current = kept;
  }, [kept]);
  return kept;
}

/** A graph that would be too small to read as a whole is shown from its start. */
function startAtStart(flow: ReactFlowInstance<AnyNode, WayEdge>, start: Point | undefined): void {
  if (!start || flow.getViewport().zoom >= FAR) return;
  const view = document.querySelector(".workflow-canvas")?.getBoundingClientRect();
  const middle = start.x + END_BOX.width / 2;
  void flow.setViewport({ x: (view?.width ?? 0) / 2 - middle * READABLE, y: 24 - start.y * READABLE, zoom: READABLE });
}

const PLAIN = { hideAttribution: true };

function withState(node: AnyNode, choice: Choice, dragged: ReadonlyMap<string, Point> | null): AnyNode {
  // One node can be reached by Tab: the chosen one, from which the arrow keys lead on.
  const focusable = node.id === (choice.only ?? START);
  const selected = choice.ids.has(node.id);
  const position = dragged?.get(node.id) ?? node.position;
  if (!selected && !focusable && position === node.position) return node;
  return { ...node, selected, focusable, position } as AnyNode;
}

function Zoom() {
  const { zoomIn, zoomOut, fitView } = useReactFlow();
  return (
    <Panel position="bottom-left" className="m-2! flex rounded-lg border border-line bg-surface p-0.5 shadow-card">
      <IconButton size="sm" label="Zoom in" icon={Plus} onClick={() => void zoomIn()} />
      <IconButton size="sm" label="Zoom out" icon={Minus} onClick={() => void zoomOut()} />
      <IconButton size="sm" label="Fit the graph" icon={Maximize} onClick={() => void fitView(FIT)} />
    </Panel>
  );
}
