import { CircleStop, RotateCcw, X } from "lucide-react";
import { useState } from "react";
import type { Run } from "@/api/types";
import { Button } from "@/components/ui/button";
import { ConfirmDialog } from "@/components/ui/confirm-dialog";
import { useToast } from "@/components/ui/toast";
import { plural } from "@/lib/format";
import { inTurn } from "@/lib/in-turn";
import { actOnRun, type BulkAction, useRefreshRuns } from "../api";
import { isOver } from "../types";

interface Props {
  readonly runs: readonly Run[];
  readonly onClear: () => void;
}

const DONE: Record<BulkAction, string> = { cancel: "stopped", retry: "started again" };

/** What can be done to all the chosen runs at once. */
export function BulkBar({ runs, onClear }: Props) {
  const toast = useToast();
  const refresh = useRefreshRuns();
  const [busy, setBusy] = useState<BulkAction | null>(null);
  const [isAsking, setAsking] = useState(false);
  const going = runs.filter((run) => !isOver(run.status));
  const over = runs.filter((run) => isOver(run.status));

  const act = async (action: BulkAction, chosen: readonly Run[]) => {
    setBusy(action);
    const { done, refused, error } = await inTurn(chosen, (run) => actOnRun(run.id, action));
    setBusy(null);
    setAsking(false);
    await refresh();
    if (done > 0) toast.success(`${plural(done, "run")} ${DONE[action]}.`);
    if (refused > 0)
      toast.danger(new Error(`${plural(refused, "run")} could not be: ${error instanceof Error ? error.message : error}`));
    if (refused === 0) onClear();
  };
  return (
    <section
      aria-label="Selected runs"
      className="flex flex-wrap items-center gap-2 border-line border-b bg-selected px-4 py-2 text-sm sm:px-6"
    >
      <span className="mr-2 font-medium">{plural(runs.length, "run")} selected</span>
      <Button
        size="sm"
        icon={CircleStop}
        disabled={going.length === 0}
        busy={busy === "cancel"}
        onClick={() => setAsking(true)}
      >
        Stop {going.length}
      </Button>
      <Button
        size="sm"
        icon={RotateCcw}
        disabled={over.length === 0}
        busy={busy === "retry"}
        onClick={() => void act("retry", over)}
      >
        Retry {over.length}
      </Button>
      <Button size="sm" variant="ghost" icon={X} onClick={onClear}>
        Clear selection
      </Button>
      <ConfirmDialog
        open={isAsking}
        onOpenChange={setAsking}
        title={`Stop ${plural(going.length, "run")}?`}
        confirmLabel="Stop"
        busy={busy === "cancel"}
        onConfirm={() => void act("cancel", going)}
      >
        Runs that they started are stopped too. A stopped run can be retried.
      </ConfirmDialog>
    </section>
  );
}
