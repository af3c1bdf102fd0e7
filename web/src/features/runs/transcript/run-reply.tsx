import { CircleStop } from "lucide-react";
import { type ReactNode, useEffect, useRef } from "react";
import type { Approval } from "@/api/types";
import { Button } from "@/components/ui/button";
import { ErrorState } from "@/components/ui/error-state";
import { ErrorNotice } from "@/components/ui/notice";
import { Skeleton } from "@/components/ui/skeleton";
import { useRunAction } from "../api";
import { useLiveRun } from "../live/use-live-run";
import { type TranscriptItem, transcript } from "./transcript";
import { TranscriptView } from "./transcript-view";

interface Props {
  readonly runId: string;
  /** Whether the question is shown too; in a conversation it already stands above. */
  readonly withPrompt?: boolean;
  /** Offers to stop the run while it goes on. */
  readonly canStop?: boolean;
  readonly renderApproval: (approval: Approval) => ReactNode;
  readonly renderStepLink?: (stepId: string, children: ReactNode, label: string) => ReactNode;
  /** Called once when the run has ended, be it before it was looked at. */
  readonly onOver?: (() => void) | undefined;
}

/** A run as an answer: its text as it comes, its tool calls as cards, its questions to a person. */
export function RunReply({ runId, withPrompt = false, canStop = false, renderApproval, renderStepLink, onOver }: Props) {
  const { view, calls, isLive } = useLiveRun(runId);
  useOver(view.data?.run ? isLive : undefined, onOver);
  if (view.isError && !view.data?.run) return <ErrorState error={view.error} onRetry={() => void view.refetch()} />;
  if (!view.data?.run) return <Skeleton className="h-5 w-48" />;
  const items = transcript(view.data, calls).filter((item) => withPrompt || item.kind !== "prompt");
  const { status } = view.data.run;
  return (
    <div className="flex flex-col gap-3">
      {items.length > 0 && <TranscriptView items={items} renderApproval={renderApproval} renderStepLink={renderStepLink} />}
      {isLive && status !== "waiting" && isBetween(items) && <Thinking isQueued={status === "pending"} />}
      {isLive && canStop && <Stop runId={runId} />}
    </div>
  );
}

/** Whether nothing that is shown goes on: before the first answer, and from a tool's result to the next one. */
function isBetween(items: readonly TranscriptItem[]): boolean {
  const last = items.at(-1);
  return last === undefined || last.kind === "prompt" || (last.kind === "tool" && last.status !== "running");
}

function Stop({ runId }: { readonly runId: string }) {
  const action = useRunAction(runId);
  return (
    <div className="flex flex-col items-start gap-2">
      <Button size="sm" icon={CircleStop} busy={action.isPending} onClick={() => action.mutate("cancel")}>
        Stop
      </Button>
      <ErrorNotice error={action.error} />
    </div>
  );
}

/** Calls back when what was going on has ended, or is found to be over at the first look. */
function useOver(isLive: boolean | undefined, onOver: (() => void) | undefined): void {
  const wasLive = useRef(true);
  const tell = useRef(onOver);
  tell.current = onOver;
  useEffect(() => {
    if (isLive === undefined) return;
    if (wasLive.current && !isLive) tell.current?.();
    wasLive.current = isLive;
  }, [isLive]);
}

function Thinking({ isQueued }: { readonly isQueued: boolean }) {
  return (
    <p role="status" className="flex items-center gap-2 text-muted text-sm">
      <span aria-hidden="true" className="flex gap-1">
        <span className="size-1.5 animate-live rounded-full bg-faint" />
        <span className="size-1.5 animate-live rounded-full bg-faint [animation-delay:200ms]" />
        <span className="size-1.5 animate-live rounded-full bg-faint [animation-delay:400ms]" />
      </span>
      {isQueued ? "In the queue" : "Thinking"}
    </p>
  );
}
