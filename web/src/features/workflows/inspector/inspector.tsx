import { isObject, listOf, nodesOf } from "../graph/document";
import type { Selection } from "../graph/operations";
import { Connections } from "./connections";
import { graphOf, type InspectorContext } from "./context";
import { EdgeInspector } from "./edge-inspector";
import { NodeInspector } from "./node-inspector";
import { WorkflowInspector } from "./workflow-inspector";

interface Props {
  readonly selection: Selection;
  readonly context: InspectorContext;
}

/** The settings of what is chosen: a node, an edge, an end of the graph, or the workflow. */
export function Inspector({ selection, context }: Props) {
  const graph = graphOf(context);
  if (selection?.kind === "edge") {
    const edge = listOf(graph.edges)[selection.index];
    if (isObject(edge)) return <EdgeInspector key={selection.index} edge={edge} index={selection.index} context={context} />;
  }
  if (selection?.kind === "node") {
    const at = nodesOf(graph).find((each) => each.id === selection.id);
    if (at) return <NodeInspector key={`${context.scope.join("/")} ${at.index}`} at={at} context={context} />;
    return (
      <div className="flex flex-col gap-4">
        <h2 className="font-semibold text-base text-fg">{selection.id}</h2>
        <p className="text-muted text-xs">
          {selection.id === "START" ? "Every run enters the graph here." : "The run is completed when every way has ended."}
        </p>
        <Connections key={selection.id} id={selection.id} context={context} />
      </div>
    );
  }
  return <WorkflowInspector context={context} />;
}
