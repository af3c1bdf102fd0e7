import { useQuery } from "@tanstack/react-query";
import { DatabaseBackup } from "lucide-react";
import type { BackupAttempt, Backups } from "@/api/types";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Section } from "@/components/ui/card";
import { type Column, DataTable } from "@/components/ui/data-table";
import { EmptyState } from "@/components/ui/empty-state";
import { KeyValueList } from "@/components/ui/key-value";
import { ErrorNotice, Notice } from "@/components/ui/notice";
import { Loaded } from "@/components/ui/page-states";
import { RelativeTime } from "@/components/ui/time";
import { bytes } from "@/lib/format";
import { backupsQuery, useRequestBackup } from "./api";

/** How the backups of the installation stand, and asking for one, for superusers; they are restored on the command line. */
export function BackupsPage() {
  const backups = useQuery(backupsQuery);
  const request = useRequestBackup();
  const { data: known } = backups;
  return (
    <Section
      title="Backups"
      description="Backups of the whole installation. “retinue backup verify” rehearses a restore."
      actions={
        known && known.daily_at !== null ? (
          <Button
            busy={request.isPending}
            disabled={known.is_running || known.requested_at !== null}
            onClick={() => request.mutate()}
          >
            Back up now
          </Button>
        ) : null
      }
      flush
    >
      <Loaded query={backups}>
        {(data) => (
          <>
            <Standing backups={data} error={request.error} />
            {data.items.length === 0 ? (
              <EmptyState icon={DatabaseBackup} title="No backup was made yet">
                Set RETINUE_BACKUP_DIR for daily backups, or run “retinue backup”.
              </EmptyState>
            ) : (
              <DataTable label="Backups" rows={data.items} rowKey={({ id }) => id} columns={COLUMNS} />
            )}
          </>
        )}
      </Loaded>
    </Section>
  );
}

function Standing({ backups, error }: { backups: Backups; error: Error | null }) {
  return (
    <div className="space-y-3 border-line border-b p-4">
      <ErrorNotice error={error} />
      {backups.warnings.map((warning) => (
        <Notice key={warning} tone="warning">
          {warning}
        </Notice>
      ))}
      <KeyValueList
        rows={[
          ["Daily backup", backups.daily_at === null ? "None: RETINUE_BACKUP_DIR is not set" : `At ${backups.daily_at} UTC`],
          ["Last daily success", <RelativeTime key="success" at={backups.last_success_at} />],
          ["Last rehearsal", <RelativeTime key="rehearsal" at={backups.last_rehearsal_at} />],
          ["Now", now(backups)],
        ]}
      />
    </div>
  );
}

function now({ is_running, requested_at }: Backups) {
  if (is_running) return "A backup is being made";
  return requested_at === null ? null : "A backup was requested; a worker begins it within a minute";
}

const COLUMNS: Column<BackupAttempt>[] = [
  {
    id: "began",
    header: "Began",
    cell: (attempt) => (
      <div className="min-w-0">
        <p className="flex flex-wrap items-center gap-1.5 text-fg">
          <RelativeTime at={attempt.started_at} />
          <Badge>{attempt.trigger === "daily" ? "Daily" : "By hand"}</Badge>
          <Outcome status={attempt.status} />
        </p>
        <p className="wrap-anywhere text-muted text-xs">{attempt.error ?? attempt.place}</p>
      </div>
    ),
  },
  {
    id: "rehearsal",
    header: "Rehearsal",
    cell: (attempt) =>
      attempt.rehearsal_error === null ? (
        <RelativeTime at={attempt.rehearsed_at} />
      ) : (
        <span className="wrap-anywhere text-danger text-xs">Failed: {attempt.rehearsal_error}</span>
      ),
  },
  { id: "host", header: "Host", hideBelow: "md", cell: (attempt) => attempt.host },
  {
    id: "size",
    header: "Size",
    align: "end",
    hideBelow: "sm",
    cell: (attempt) => (attempt.size_bytes === null ? null : bytes(attempt.size_bytes)),
  },
];

function Outcome({ status }: { status: BackupAttempt["status"] }) {
  if (status === "succeeded") return <Badge tone="success">Succeeded</Badge>;
  if (status === "failed") return <Badge tone="danger">Failed</Badge>;
  return <Badge tone="info">Running</Badge>;
}
