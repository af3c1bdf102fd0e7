import { useState } from "react";
import type { Step } from "@/api/types";
import { ErrorState } from "@/components/ui/error-state";
import { useKeys } from "@/lib/use-keys";
import { useNow } from "@/lib/use-now";
import { lastOf } from "../live/last-step";
import { useLiveRun } from "../live/use-live-run";
import { nextError } from "../steps/step-tree-rows";
import { ForkDialog } from "./fork-dialog";
import { isOfN8n } from "./n8n-execution";
import { RunActions } from "./run-actions";
import { RunBanner } from "./run-banner";
import { RunHeader } from "./run-header";
import { RunSkeleton } from "./run-skeleton";
import type { RunViewProps } from "./run-view-props";
import { RunZones } from "./run-zones";

const TICK_MS = 250;

/** A run, live: what it is above, its steps, pictures of it, and the chosen step beside one another. */
export function RunView({ runId, search, onSearch, onOpenRun, canWrite, renderTitle, ...slots }: RunViewProps) {
  const { view, calls, connection, isLive } = useLiveRun(runId);
  const [forkFrom, setForkFrom] = useState<Step | null>(null);
  const now = useNow(isLive, TICK_MS);
  const state = view.data;

  const goToError = (direction: 1 | -1) => {
    const step = state && nextError(state.steps, search.step, direction);
    if (step) onSearch({ step: step.id });
  };
  useKeys([
    ["e", () => goToError(1)],
    ["E", () => goToError(-1)],
  ]);

  if (view.isError && !state?.run) return <ErrorState error={view.error} onRetry={() => void view.refetch()} />;
  if (!state?.run) return <RunSkeleton />;
  const { run } = state;
  const step = state.steps.find((one) => one.id === search.step) ?? (isLive ? lastOf(state) : undefined);

  return (
    <div className="flex h-full min-h-0 flex-col">
      <RunHeader
        run={run}
        steps={state.steps}
        now={now}
        title={renderTitle(run)}
        connection={connection}
        canWrite={canWrite}
        actions={<RunActions run={run} canWrite={canWrite} onOpenRun={onOpenRun} />}
      />
      <RunBanner
        run={run}
        steps={state.steps}
        approvals={state.approvals}
        now={now}
        onShowStep={(id) => onSearch({ step: id })}
      />
      <RunZones
        state={state}
        calls={calls}
        step={step}
        now={now}
        isLive={isLive}
        search={search}
        onSearch={onSearch}
        onFork={canWrite && !isOfN8n(run) ? setForkFrom : undefined}
        renderApproval={slots.renderApproval}
        renderGraph={slots.renderGraph}
      />
      {forkFrom && (
        <ForkDialog run={run} step={forkFrom} steps={state.steps} onClose={() => setForkFrom(null)} onOpenRun={onOpenRun} />
      )}
    </div>
  );
}
