import type { RetentionPreview } from "@/api/types";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { ErrorNotice } from "@/components/ui/notice";
import { absoluteTime, count } from "@/lib/format";
import { KINDS } from "./kinds";

interface Props {
  readonly preview: RetentionPreview;
  readonly busy: boolean;
  readonly error: Error | null;
  readonly onClose: () => void;
  readonly onConfirm: () => void;
}

/** What saving deletes, by kind. */
export function PreviewDialog({ preview, busy, error, onClose, onConfirm }: Props) {
  const going = preview.expired.filter(({ rows }) => rows > 0);
  return (
    <Dialog open onOpenChange={onClose} title="Save retention?">
      <div className="flex flex-col gap-4">
        {going.length === 0 ? (
          <p className="text-muted text-sm">Nothing is old enough to be deleted now.</p>
        ) : (
          <>
            <p className="text-muted text-sm">Within an hour, these records are deleted and cannot be restored.</p>
            <table className="w-full text-sm">
              <thead>
                <tr className="text-left text-muted text-xs">
                  <th className="py-1 font-medium">Kind</th>
                  <th className="py-1 text-right font-medium">Records</th>
                  <th className="py-1 pl-4 font-medium">Oldest</th>
                </tr>
              </thead>
              <tbody className="divide-y divide-line">
                {going.map(({ kind, rows, is_more, oldest_at }) => (
                  <tr key={kind}>
                    <td className="py-1.5 text-fg">{KINDS[kind].label}</td>
                    <td className="py-1.5 text-right text-fg tabular-nums">
                      {count(rows)}
                      {is_more && " or more"}
                    </td>
                    <td className="py-1.5 pl-4 text-muted">{oldest_at === null ? "—" : absoluteTime(oldest_at)}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </>
        )}
        <ErrorNotice error={error} />
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Cancel</Button>
          <Button variant={going.length === 0 ? "primary" : "danger"} busy={busy} onClick={onConfirm}>
            {going.length === 0 ? "Save" : "Save and delete"}
          </Button>
        </div>
      </div>
    </Dialog>
  );
}
