import { useQuery } from "@tanstack/react-query";
import type { ErasureCertificate } from "@/api/types";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { KeyValueList } from "@/components/ui/key-value";
import { Loaded } from "@/components/ui/page-states";
import { download } from "@/lib/download";
import { stringifyJson } from "@/lib/exact-json";
import { absoluteTime, count, plural } from "@/lib/format";
import { certificateQuery } from "./api";

/** What an erasure deleted, table by table, and what stays and why. */
export function CertificateDialog({ erasureId, onClose }: { erasureId: string; onClose: () => void }) {
  const certificate = useQuery(certificateQuery(erasureId));
  return (
    <Dialog open onOpenChange={onClose} title="Certificate of erasure">
      <Loaded query={certificate}>{(data) => <Content certificate={data} />}</Loaded>
    </Dialog>
  );
}

function Content({ certificate }: { certificate: ErasureCertificate }) {
  return (
    <div className="flex flex-col gap-4 text-sm">
      <KeyValueList
        rows={[
          ["Erased", `${certificate.kind} ${certificate.target_id}`],
          ["Requested", absoluteTime(certificate.requested_at)],
          ["Begun", absoluteTime(certificate.started_at)],
          ["Attempts", count(certificate.attempts)],
          [
            "SHA-256 of ID and name",
            <code key="hash" className="wrap-anywhere text-xs">
              {certificate.name_hash}
            </code>,
          ],
        ]}
      />
      <table className="w-full">
        <thead>
          <tr className="text-left text-muted text-xs">
            <th className="py-1 font-medium">Table or bucket</th>
            <th className="py-1 text-right font-medium">Deleted</th>
            <th className="py-1 text-right font-medium">Made anonymous</th>
          </tr>
        </thead>
        <tbody className="divide-y divide-line">
          {certificate.tables.map(({ table, deleted, anonymized }) => (
            <tr key={table}>
              <td className="py-1 text-fg">{table}</td>
              <td className="py-1 text-right tabular-nums">{count(deleted)}</td>
              <td className="py-1 text-right tabular-nums">{count(anonymized)}</td>
            </tr>
          ))}
          {certificate.buckets.map(({ bucket, deleted }) => (
            <tr key={bucket}>
              <td className="py-1 text-fg">{bucket}</td>
              <td className="py-1 text-right tabular-nums">{count(deleted)}</td>
              <td className="py-1 text-right">—</td>
            </tr>
          ))}
        </tbody>
      </table>
      <div>
        <h3 className="font-medium text-fg">What stays</h3>
        <p className="text-muted text-xs">
          {plural(certificate.searched_tables, "table")} searched
          {!certificate.is_search_complete && ", by the ID alone: the names were no longer known"}.
        </p>
        <ul className="mt-1 list-disc space-y-1 pl-4 text-muted">
          {certificate.kept.map(({ table, rows, names, reason }) => (
            <li key={`${table} ${names}`}>
              {table}: {plural(rows, "record")}, {names ? "by name" : "by ID"}. {reason}
            </li>
          ))}
          {certificate.remarks.map((remark) => (
            <li key={remark}>{remark}</li>
          ))}
        </ul>
      </div>
      <div className="flex justify-end">
        <Button
          onClick={() => download(`erasure-${certificate.id}.json`, stringifyJson(certificate, 1), "application/json")}
        >
          Download JSON
        </Button>
      </div>
    </div>
  );
}
