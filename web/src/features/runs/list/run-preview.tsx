import { useQuery, useQueryClient } from "@tanstack/react-query";
import { ChevronDown, ChevronUp, Maximize2 } from "lucide-react";
import type { ReactNode } from "react";
import type { Approval, Run } from "@/api/types";
import { Button, IconButton } from "@/components/ui/button";
import { CopyButton } from "@/components/ui/copy-button";
import { CostText } from "@/components/ui/cost-text";
import { ErrorState } from "@/components/ui/error-state";
import { KeyValueList } from "@/components/ui/key-value";
import { SidePanel } from "@/components/ui/side-panel";
import { SkeletonRows } from "@/components/ui/skeleton";
import { StatusBadge } from "@/components/ui/status-badge";
import { ESTIMATED } from "@/lib/cost";
import { count } from "@/lib/format";
import { useNow } from "@/lib/use-now";
import { runView } from "../api";
import { triggerLabel } from "../labels";
import { LabelChips } from "../labels/label-chips";
import type { RunState } from "../live/fold";
import { useLiveRun } from "../live/use-live-run";
import { isPrivate, PrivateBadge, WarningCount } from "../run-marks";
import { RunReply } from "../transcript/run-reply";
import { RunFeedback } from "../view/run-feedback";
import { lasting } from "../view/run-header";
import { originsOf, RunIdLink } from "../view/run-origin";
import { usageOf } from "../view/run-usage";

interface Props {
  readonly runId: string | undefined;
  readonly onClose: () => void;
  readonly onOpen: (runId: string) => void;
  readonly onMove: (step: 1 | -1) => void;
  readonly renderApproval: (approval: Approval) => ReactNode;
}

/** A look at a run beside the list, which keeps its place. */
export function RunPreview({ runId, onClose, onOpen, onMove, renderApproval }: Props) {
  const client = useQueryClient();
  const { data: state } = useQuery({ ...runView(runId ?? "", client), enabled: runId !== undefined });
  return (
    <SidePanel
      open={runId !== undefined}
      onClose={onClose}
      width="lg"
      title={(runId !== undefined && state?.run?.target_name) || "Run"}
      actions={
        <>
          <IconButton label="Newer run" icon={ChevronUp} size="sm" onClick={() => onMove(-1)} />
          <IconButton label="Older run" icon={ChevronDown} size="sm" onClick={() => onMove(1)} />
          <Button size="sm" icon={Maximize2} onClick={() => runId !== undefined && onOpen(runId)}>
            Open
          </Button>
        </>
      }
    >
      {runId !== undefined && <Body key={runId} runId={runId} renderApproval={renderApproval} />}
    </SidePanel>
  );
}

function Body({ runId, renderApproval }: { readonly runId: string; readonly renderApproval: Props["renderApproval"] }) {
  const { view, isLive } = useLiveRun(runId);
  const now = useNow(isLive);
  if (view.isError && !view.data?.run) return <ErrorState error={view.error} onRetry={() => void view.refetch()} />;
  const state = view.data;
  const run = state?.run;
  if (!state || !run) return <SkeletonRows rows={6} label="Loading the run" />;
  return (
    <div className="grid gap-6">
      <Facts run={run} state={state} now={now} />
      <RunReply runId={runId} withPrompt renderApproval={renderApproval} />
    </div>
  );
}

function Facts({ run, state, now }: { readonly run: Run; readonly state: RunState; readonly now: number }) {
  const usage = usageOf(run, state.steps);
  return (
    <KeyValueList
      rows={[
        [
          "Status",
          <span key="status" className="flex flex-wrap items-center gap-1.5">
            <StatusBadge status={run.status} />
            <WarningCount count={run.warning_count} />
            {isPrivate(run) && <PrivateBadge />}
          </span>,
        ],
        [
          "Run ID",
          <span key="id" className="flex items-center gap-1">
            <code className="text-xs" title={run.id}>
              {run.short_id}
            </code>
            <CopyButton label="Copy the run ID" text={run.id} />
          </span>,
        ],
        ...originsOf(run).map(({ label, runId }) => [label, <RunIdLink key={label} label={label} runId={runId} />] as const),
        [
          "Started by",
          run.triggered_by_name === null
            ? triggerLabel(run)
            : `${run.triggered_by_name}, ${triggerLabel(run).toLowerCase()}`,
        ],
        ["Duration", lasting(run, now)],
        ["Steps", String(state.steps.length)],
        [
          "Tokens",
          usage.inputTokens + usage.outputTokens === 0
            ? "—"
            : `${count(usage.inputTokens)} in, ${count(usage.outputTokens)} out${usage.isEstimated ? ESTIMATED : ""}`,
        ],
        ["Cost", <CostText key="cost" value={usage.cost} />],
        ["Tags", run.tags.length + Object.keys(run.metadata).length > 0 ? <LabelChips key="labels" run={run} /> : null],
        ["Feedback", <RunFeedback key="feedback" runId={run.id} />],
      ]}
    />
  );
}
