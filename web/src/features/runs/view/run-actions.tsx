import { CircleStop, Link2, RotateCcw, StepForward } from "lucide-react";
import { useState } from "react";
import type { Run } from "@/api/types";
import { Button, IconButton } from "@/components/ui/button";
import { copyText } from "@/components/ui/copy-button";
import { useToast } from "@/components/ui/toast";
import { useRunAction } from "../api";
import { isOver } from "../types";
import { isOfN8n } from "./n8n-execution";

interface Props {
  readonly run: Run;
  readonly canWrite: boolean;
  /** A retry is a new run: the page goes there. */
  readonly onOpenRun: (runId: string) => void;
}

/** Stop while it goes on; retry and resume when it has ended; the address of what is shown. */
export function RunActions({ run, canWrite, onOpenRun }: Props) {
  const action = useRunAction(run.id);
  const toast = useToast();
  const [asked, setAsked] = useState<string | null>(null);
  const act = (what: "cancel" | "retry" | "resume") => {
    setAsked(what);
    action.mutate(what, {
      onSuccess: (next) => next.id !== run.id && onOpenRun(next.id),
      onError: toast.danger,
      onSettled: () => setAsked(null),
    });
  };
  const copyLink = async () => {
    await copyText(window.location.href);
    toast.success("Link copied.");
  };
  return (
    <>
      {canWrite && !isOver(run.status) && (
        <Button variant="danger" icon={CircleStop} busy={asked === "cancel"} onClick={() => act("cancel")}>
          {asked === "cancel" ? "Stopping" : "Stop"}
        </Button>
      )}
      {canWrite && run.status === "failed" && !isOfN8n(run) && (
        <Button
          variant="primary"
          icon={StepForward}
          busy={asked === "resume"}
          title="Continue from the last recorded step"
          onClick={() => act("resume")}
        >
          Resume
        </Button>
      )}
      {canWrite && isOver(run.status) && (
        <Button
          icon={RotateCcw}
          busy={asked === "retry"}
          title="Start a new run with the same agent version and input"
          onClick={() => act("retry")}
        >
          Retry
        </Button>
      )}
      <IconButton label="Copy the link to this view" icon={Link2} onClick={() => void copyLink()} />
    </>
  );
}
