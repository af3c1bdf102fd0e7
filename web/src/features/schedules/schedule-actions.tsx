import { useNavigate } from "@tanstack/react-router";
import { EllipsisVertical, History, Pause, Pencil, Play, Trash2 } from "lucide-react";
import { useState } from "react";
import { isApiError } from "@/api/problem";
import type { Schedule } from "@/api/types";
import { Button, IconButton } from "@/components/ui/button";
import { ConfirmDialog } from "@/components/ui/confirm-dialog";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { Menu, MenuItem } from "@/components/ui/menu";
import { ErrorNotice } from "@/components/ui/notice";
import { useToast } from "@/components/ui/toast";
import { afterUnmount } from "@/lib/after-unmount";
import { plural } from "@/lib/format";
import { useBackfill, useDeleteSchedule, usePauseSchedule, useRunSchedule } from "./api";

interface Props {
  schedule: Schedule;
  onEdit: () => void;
}

export function ScheduleActions({ schedule, onEdit }: Props) {
  const toast = useToast();
  const pause = usePauseSchedule();
  const run = useRunSchedule();
  const [open, setOpen] = useState<"backfill" | "delete" | null>(null);
  const isPaused = schedule.status === "paused";
  return (
    <>
      <Button
        busy={pause.isPending}
        disabled={schedule.status === "finished"}
        onClick={() => pause.mutate({ id: schedule.id, enabled: isPaused }, { onError: toast.danger })}
      >
        {isPaused ? <Play aria-hidden className="size-3.5" /> : <Pause aria-hidden className="size-3.5" />}
        {isPaused ? "Resume" : "Pause"}
      </Button>
      <Button
        variant="primary"
        busy={run.isPending}
        onClick={() => run.mutate(schedule.id, { onSuccess: () => toast.success("Run started."), onError: toast.danger })}
      >
        Run now
      </Button>
      <Menu trigger={<IconButton label={`More for ${schedule.name}`} icon={EllipsisVertical} />}>
        <MenuItem icon={Pencil} onSelect={onEdit}>
          Edit…
        </MenuItem>
        <MenuItem icon={History} onSelect={() => setOpen("backfill")}>
          Backfill…
        </MenuItem>
        <MenuItem icon={Trash2} tone="danger" onSelect={() => setOpen("delete")}>
          Delete…
        </MenuItem>
      </Menu>
      {open === "backfill" && <BackfillDialog schedule={schedule} onClose={() => setOpen(null)} />}
      {open === "delete" && <DeleteDialog schedule={schedule} onClose={() => setOpen(null)} />}
    </>
  );
}

interface DialogProps {
  schedule: Schedule;
  onClose: () => void;
}

function BackfillDialog({ schedule, onClose }: DialogProps) {
  const toast = useToast();
  const backfill = useBackfill(schedule.id);
  const [start, setStart] = useState("");
  const [end, setEnd] = useState("");
  const problemOf = (field: string) => (isApiError(backfill.error) ? backfill.error.fieldMessage(field) : undefined);
  function onConfirm(): void {
    if (start === "" || end === "") return;
    const window = { start: new Date(start).toISOString(), end: new Date(end).toISOString() };
    afterUnmount(backfill.mutateAsync(window), (made) => {
      onClose();
      toast.success(`${plural(made.queued, "occurrence")} queued.`);
    });
  }
  return (
    <ConfirmDialog
      open
      onOpenChange={onClose}
      title={`Backfill ${schedule.name}`}
      confirmLabel="Backfill"
      tone="primary"
      busy={backfill.isPending}
      error={<ErrorNotice error={backfill.error} />}
      onConfirm={onConfirm}
    >
      <p className="pb-3">Runs the due times of this window that were not started, one after the other.</p>
      <div className="grid gap-3 sm:grid-cols-2">
        <Field label="From (your time)" error={problemOf("start")}>
          {(control) => (
            <Input {...control} type="datetime-local" value={start} onChange={(event) => setStart(event.target.value)} />
          )}
        </Field>
        <Field label="To (your time)" error={problemOf("end")}>
          {(control) => (
            <Input {...control} type="datetime-local" value={end} onChange={(event) => setEnd(event.target.value)} />
          )}
        </Field>
      </div>
    </ConfirmDialog>
  );
}

function DeleteDialog({ schedule, onClose }: DialogProps) {
  const toast = useToast();
  const navigate = useNavigate();
  const remove = useDeleteSchedule();
  function onConfirm(): void {
    afterUnmount(remove.mutateAsync(schedule.id), () => {
      toast.success(`${schedule.name} is deleted.`);
      void navigate({ to: "/schedules" });
    });
  }
  return (
    <ConfirmDialog
      open
      onOpenChange={onClose}
      title={`Delete ${schedule.name}?`}
      confirmLabel="Delete schedule"
      tone="danger"
      busy={remove.isPending}
      error={<ErrorNotice error={remove.error} />}
      onConfirm={onConfirm}
    >
      Its occurrences are deleted too. Its runs stay.
    </ConfirmDialog>
  );
}
