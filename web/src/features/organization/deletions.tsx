import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import type { Deletion } from "@/api/types";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Section } from "@/components/ui/card";
import { ConfirmDialog } from "@/components/ui/confirm-dialog";
import { ErrorNotice } from "@/components/ui/notice";
import { RelativeTime, useNow } from "@/components/ui/time";
import { useToast } from "@/components/ui/toast";
import { afterUnmount } from "@/lib/after-unmount";
import { absoluteTime, count, duration, plural } from "@/lib/format";
import { deletionsQuery, useCancelDeletion, useStartDeletion } from "./deletions-api";

interface Props {
  /** The organization is open again. */
  readonly onRestored: (organizationId: string) => void;
}

/** Organizations that are being deleted or were, with their progress; nothing when there are none. */
export function Deletions({ onRestored }: Props) {
  const deletions = useQuery(deletionsQuery);
  const shown = (deletions.data ?? []).filter(({ phase }) => phase !== "cancelled");
  if (deletions.isError && shown.length === 0) return <ErrorNotice error={deletions.error} />;
  if (shown.length === 0) return null;
  return (
    <Section id="deletions" title="Deleted organizations" flush>
      <ul className="divide-y divide-line">
        {shown.map((deletion) => (
          <Row key={deletion.id} deletion={deletion} onRestored={onRestored} />
        ))}
      </ul>
    </Section>
  );
}

function Row({ deletion, onRestored }: { deletion: Deletion } & Props) {
  const now = useNow();
  const isScheduled = deletion.phase === "scheduled" && Date.parse(deletion.erase_after) > now;
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-2 px-4 py-3">
      <div className="min-w-0 flex-1 basis-60">
        <p className="flex flex-wrap items-center gap-1.5 font-medium text-fg text-sm">
          <span className="wrap-anywhere">{nameOf(deletion)}</span>
          <State deletion={deletion} isScheduled={isScheduled} />
        </p>
        <p className="text-muted text-xs">
          <Progress deletion={deletion} isScheduled={isScheduled} now={now} />
        </p>
        {deletion.error !== null && <p className="text-warning text-xs">The last attempt failed: {deletion.error}</p>}
        {deletion.phase === "rows" && deletion.rows_total !== null && (
          <Bar deletion={deletion} total={deletion.rows_total} />
        )}
      </div>
      {isScheduled && <Decisions deletion={deletion} onRestored={onRestored} />}
    </li>
  );
}

/** The name goes with the organization. */
function nameOf({ organization_name, organization_id }: Deletion): string {
  return organization_name ?? `Organization ${organization_id}`;
}

function State({ deletion: { phase }, isScheduled }: { deletion: Deletion; isScheduled: boolean }) {
  if (phase === "finished") return <Badge>Deleted</Badge>;
  return isScheduled ? <Badge tone="warning">Deletion scheduled</Badge> : <Badge tone="danger">Deleting</Badge>;
}

function Progress({ deletion, isScheduled, now }: { deletion: Deletion; isScheduled: boolean; now: number }): ReactNode {
  const { phase, erase_after, finished_at, rows_deleted, rows_total, files_deleted } = deletion;
  if (isScheduled) {
    const left = duration(Math.ceil((Date.parse(erase_after) - now) / 1000) * 1000);
    return <span title={absoluteTime(erase_after)}>Everything is deleted in {left}. Until then you can cancel.</span>;
  }
  if (phase === "finished") {
    return (
      <>
        {plural(rows_deleted, "record")} and {plural(files_deleted, "file")} deleted, <RelativeTime at={finished_at} />
      </>
    );
  }
  if (phase === "rows") return `${count(rows_deleted)} of ${rows_total === null ? "…" : count(rows_total)} records deleted`;
  if (phase === "files") return `${plural(files_deleted, "file")} deleted, records follow`;
  return "Active runs are being stopped.";
}

function Bar({ deletion, total }: { deletion: Deletion; total: number }) {
  return (
    <progress
      aria-label={`Deletion of ${nameOf(deletion)}`}
      value={deletion.rows_deleted}
      max={Math.max(total, 1)}
      className="mt-1.5 block h-1.5 w-full max-w-sm appearance-none overflow-hidden rounded-full bg-sunken [&::-moz-progress-bar]:bg-danger-solid [&::-webkit-progress-bar]:bg-sunken [&::-webkit-progress-value]:bg-danger-solid"
    />
  );
}

function Decisions({ deletion, onRestored }: { deletion: Deletion } & Props) {
  const toast = useToast();
  const cancel = useCancelDeletion();
  const start = useStartDeletion();
  const [isAsking, setIsAsking] = useState(false);
  const name = nameOf(deletion);
  const onCancel = () =>
    afterUnmount(
      cancel.mutateAsync(deletion.id),
      () => {
        toast.success(`${name} is not deleted. Its members have access again.`);
        onRestored(deletion.organization_id);
      },
      toast.danger,
    );
  return (
    <div className="flex gap-2">
      <Button size="sm" busy={cancel.isPending} aria-label={`Cancel deletion of ${name}`} onClick={onCancel}>
        Cancel deletion
      </Button>
      <Button size="sm" variant="danger-ghost" aria-label={`Delete ${name} now`} onClick={() => setIsAsking(true)}>
        Delete now
      </Button>
      <ConfirmDialog
        open={isAsking}
        onOpenChange={setIsAsking}
        title={`Delete ${name} now?`}
        confirmLabel="Delete now"
        busy={start.isPending}
        error={start.error ? <ErrorNotice error={start.error} /> : null}
        onConfirm={() => afterUnmount(start.mutateAsync(deletion.id), () => setIsAsking(false))}
      >
        The grace period ends and everything in the organization is deleted. This cannot be undone.
      </ConfirmDialog>
    </div>
  );
}
