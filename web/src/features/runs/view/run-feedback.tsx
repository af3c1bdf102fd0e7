import { useQuery } from "@tanstack/react-query";
import { MessageSquareText, ThumbsDown, ThumbsUp } from "lucide-react";
import { useState } from "react";
import { useCan } from "@/api/session";
import type { FeedbackValue } from "@/api/types";
import { IconButton } from "@/components/ui/button";
import { useToast } from "@/components/ui/toast";
import { readRun, runKeys, useGiveFeedback } from "../api";
import { FeedbackDialog } from "./feedback-dialog";

/** The thumbs of a run with their counts, the reader's own, and a dialog with everyone's comments. */
export function RunFeedback({ runId }: { readonly runId: string }) {
  const canGive = useCan()("runs:feedback");
  const toast = useToast();
  /** The value that the dialog begins with; true: the one that was given. */
  const [opened, setOpened] = useState<FeedbackValue | boolean>(false);
  const run = useQuery({ queryKey: runKeys.feedback(runId), queryFn: ({ signal }) => readRun(runId, signal) });
  const give = useGiveFeedback(runId);
  const given = run.data?.feedback;
  const mine = give.isPending ? (give.variables?.value ?? null) : (given?.mine ?? null);
  const isAny = given !== undefined && given.up + given.down > 0;
  const press = (value: FeedbackValue) => {
    // Feedback that was given before may have a comment: it is changed where the comment can be seen.
    if (given?.mine != null) setOpened(value);
    else give.mutate({ value, comment: "" }, { onError: toast.danger });
  };
  return (
    <span className="inline-flex items-center gap-0.5">
      {(["up", "down"] as const).map((value) => (
        <span key={value} className="inline-flex items-center">
          <IconButton
            size="sm"
            label={value === "up" ? "Good answer" : "Bad answer"}
            icon={value === "up" ? ThumbsUp : ThumbsDown}
            aria-pressed={mine === value}
            className={mine === value ? "bg-accent-soft! text-accent-text!" : ""}
            disabled={!canGive || given === undefined || give.isPending}
            onClick={() => press(value)}
          />
          {given !== undefined && given[value] > 0 && (
            <span className="mr-1 ml-0.5 text-muted text-xs tabular-nums">{given[value]}</span>
          )}
        </span>
      ))}
      {(isAny || opened !== false) && (
        <IconButton size="sm" label="Feedback and comments" icon={MessageSquareText} onClick={() => setOpened(true)} />
      )}
      {opened !== false && (
        <FeedbackDialog
          runId={runId}
          canGive={canGive}
          chosen={opened === true ? undefined : opened}
          onClose={() => setOpened(false)}
        />
      )}
    </span>
  );
}
