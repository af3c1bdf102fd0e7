import { type ReactNode, useEffect, useRef } from "react";
import type { Approval } from "@/api/types";
import { ErrorState } from "@/components/ui/error-state";
import { Skeleton } from "@/components/ui/skeleton";
import { useLiveRun } from "../live/use-live-run";
import { transcript } from "./transcript";
import { TranscriptView } from "./transcript-view";

interface Props {
  readonly runId: string;
  /** Whether the question is shown too; in a conversation it already stands above. */
  readonly withPrompt?: boolean;
  readonly renderApproval: (approval: Approval) => ReactNode;
  readonly renderStepLink?: (stepId: string, children: ReactNode, label: string) => ReactNode;
  /** Called once when the run has ended, be it before it was looked at. */
  readonly onOver?: (() => void) | undefined;
}

/** A run as an answer: its text as it comes, its tool calls as cards, its questions to a person. */
export function RunReply({ runId, withPrompt = false, renderApproval, renderStepLink, onOver }: Props) {
  const { view, calls, isLive } = useLiveRun(runId);
  useOver(view.data?.run ? isLive : undefined, onOver);
  if (view.isError && !view.data?.run) return <ErrorState error={view.error} onRetry={() => void view.refetch()} />;
  if (!view.data?.run) return <Skeleton className="h-5 w-48" />;
  const items = transcript(view.data, calls).filter((item) => withPrompt || item.kind !== "prompt");
  if (items.length === 0 && !view.data.run.completed_at) return <Thinking isQueued={view.data.run.status === "pending"} />;
  return <TranscriptView items={items} renderApproval={renderApproval} renderStepLink={renderStepLink} />;
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
