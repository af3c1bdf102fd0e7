import { useQuery } from "@tanstack/react-query";
import { DatabaseBackup } from "lucide-react";
import type { BackupAttempt, Backups } from "@/api/types";
import { Badge } from "@/components/ui/badge";
import { Section } from "@/components/ui/card";
import { type Column, DataTable } from "@/components/ui/data-table";
import { EmptyState } from "@/components/ui/empty-state";
import { KeyValueList } from "@/components/ui/key-value";
import { Notice } from "@/components/ui/notice";
import { Loaded } from "@/components/ui/page-states";
import { RelativeTime } from "@/components/ui/time";
import { bytes } from "@/lib/format";
import { backupsQuery } from "./api";

/** How the backups of the installation stand, for superusers; they are made and restored on the command line. */
export function BackupsPage() {
  const backups = useQuery(backupsQuery);
  return (
    <Section
      title="Backups"
      description="Backups of the whole installation. “retinue backup” makes one; “retinue backup verify” rehearses its restore."
      flush
    >
      <Loaded query={backups}>
        {(data) => (
          <>
            <Standing backups={data} />
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

function Standing({ backups }: { backups: Backups }) {
  return (
    <div className="space-y-3 border-line border-b p-4">
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
          ["Now", backups.is_running ? "A backup is being made" : null],
        ]}
      />
    </div>
  );
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
