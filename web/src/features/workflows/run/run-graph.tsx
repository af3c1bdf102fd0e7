import { useQuery } from "@tanstack/react-query";
import { ChevronRight, Play, Workflow as WorkflowIcon } from "lucide-react";
import { lazy, Suspense, useCallback, useMemo, useState } from "react";
import type { JsonObject, Step } from "@/api/types";
import { Button } from "@/components/ui/button";
import { EmptyState } from "@/components/ui/empty-state";
import { Skeleton } from "@/components/ui/skeleton";
import { versionQuery } from "../api";
import { RunFromDialog } from "../debugging/run-from-dialog";
import type { Scope } from "../graph/document";
import type { Selection } from "../graph/operations";
import { statesOf } from "./states";

const Canvas = lazy(() => import("../canvas/canvas"));
const WHOLE: Scope = [];

interface Props {
  readonly workflowId: string;
  /** The version that the run carries out. */
  readonly version: number;
  readonly steps: readonly Step[];
  readonly isCompleted: boolean;
  readonly selected: Step | undefined;
  readonly onSelectStep: (stepId: string) => void;
  /** Without it (no permission, or the run is not over) nothing is started from a node. */
  readonly onOpenRun: ((runId: string) => void) | undefined;
  readonly runId: string;
}

/** The graph of a workflow's run: what each node does and how often; a node leads to its last step. */
export function RunGraph({ workflowId, version, steps, isCompleted, selected, onSelectStep, onOpenRun, runId }: Props) {
  const found = useQuery({ ...versionQuery(workflowId, version), retry: false });
  const [scope, setScope] = useState<Scope>(WHOLE);
  const states = useMemo(() => statesOf(steps, scope), [steps, scope]);
  const [isStarting, setIsStarting] = useState(false);
  const chosen = nodeAt(selected, scope);
  const from = nodeAt(selected, WHOLE);
  const visit = selected?.node_id === from ? (selected?.visit ?? undefined) : undefined;
  const selection: Selection = useMemo(() => (chosen === undefined ? null : { kind: "node", id: chosen }), [chosen]);
  const onSelect = useCallback(
    (next: Selection) => {
      const state = next?.kind === "node" ? states.get(next.id) : undefined;
      if (state) onSelectStep(state.stepId);
    },
    [states, onSelectStep],
  );
  const onOpen = useCallback((id: string) => setScope((before) => [...before, id]), []);
  if (found.isPending) return <Skeleton className="size-full" />;
  if (!found.data)
    return (
      <EmptyState icon={WorkflowIcon} title="The graph is not available">
        The workflow was deleted with its versions; the steps of the run remain.
      </EmptyState>
    );
  return (
    <div className="flex size-full min-h-0 flex-col">
      {scope.length > 0 && (
        <nav aria-label="Open graph" className="flex items-center gap-1 border-line border-b px-3 py-1.5 text-xs">
          <button type="button" className="rounded px-1 text-accent-text hover:underline" onClick={() => setScope(WHOLE)}>
            Workflow
          </button>
          {scope.map((id) => (
            <span key={id} className="flex items-center gap-1">
              <ChevronRight aria-hidden className="size-3 text-faint" />
              <span className="font-medium text-fg">{id}</span>
            </span>
          ))}
        </nav>
      )}
      {onOpenRun && from !== undefined && (
        <div className="flex items-center justify-between gap-2 border-line border-b px-3 py-1.5 text-xs">
          <span className="min-w-0 truncate text-muted">{from}</span>
          <Button size="sm" icon={Play} onClick={() => setIsStarting(true)}>
            Run from here
          </Button>
        </div>
      )}
      {onOpenRun && isStarting && from !== undefined && (
        <RunFromDialog runId={runId} node={from} visit={visit} onClose={() => setIsStarting(false)} onOpenRun={onOpenRun} />
      )}
      <div className="min-h-0 flex-1">
        <Suspense fallback={<Skeleton className="size-full" />}>
          <Canvas
            definition={found.data.definition as JsonObject}
            scope={scope}
            selection={selection}
            onSelect={onSelect}
            states={states}
            isOver={isCompleted}
            onOpen={onOpen}
          />
        </Suspense>
      </div>
    </div>
  );
}

/** The node of this graph in which a step is, or whose body it is in. */
function nodeAt(step: Step | undefined, scope: Scope): string | undefined {
  const path = step?.node_id?.split("/") ?? [];
  return scope.every((id, at) => path[at] === id) ? path[scope.length] : undefined;
}
