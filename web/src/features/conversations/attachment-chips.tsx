import { File, TriangleAlert, X } from "lucide-react";
import { cx } from "@/lib/cx";
import { bytes } from "@/lib/format";
import type { Draft } from "./use-attachments";

/** Whether a browser draws it, and nothing in it is run. */
export function isPicture(type: string): boolean {
  return type.startsWith("image/") && type !== "image/svg+xml";
}

/** The files of a message that is being written, and how far each is. */
export function AttachmentChips({
  drafts,
  onRemove,
}: {
  readonly drafts: readonly Draft[];
  readonly onRemove: (key: string) => void;
}) {
  if (drafts.length === 0) return null;
  return (
    <ul aria-label="Attached files" className="flex flex-wrap gap-2 px-3 pt-3">
      {drafts.map((draft) => (
        <li
          key={draft.key}
          className={cx(
            "relative flex max-w-72 items-center gap-2 overflow-hidden rounded-lg border px-2.5 py-1.5 text-xs",
            draft.problem === null ? "border-line bg-sunken" : "border-danger bg-danger-soft text-danger",
          )}
        >
          {draft.attachment && isPicture(draft.attachment.type) ? (
            <img src={draft.attachment.url} alt="" className="size-8 shrink-0 rounded object-cover" />
          ) : draft.problem === null ? (
            <File aria-hidden="true" className="size-3.5 shrink-0 text-muted" />
          ) : (
            <TriangleAlert aria-hidden="true" className="size-3.5 shrink-0" />
          )}
          <span className="min-w-0">
            <span className="block truncate">{draft.problem ?? draft.name}</span>
            {draft.problem === null && (
              <span className="block text-2xs text-muted">
                {draft.attachment ? bytes(draft.size) : `${Math.round(draft.progress * 100)} % of ${bytes(draft.size)}`}
              </span>
            )}
          </span>
          <button
            type="button"
            aria-label={`Remove ${draft.name}`}
            className="-mr-1 shrink-0 rounded p-1 hover:bg-hover"
            onClick={() => onRemove(draft.key)}
          >
            <X aria-hidden="true" className="size-3" />
          </button>
          {draft.attachment === null && draft.problem === null && (
            <span
              role="progressbar"
              aria-label={`Uploading ${draft.name}`}
              aria-valuenow={Math.round(draft.progress * 100)}
              className="absolute bottom-0 left-0 h-0.5 bg-accent"
              style={{ width: `${draft.progress * 100}%` }}
            />
          )}
        </li>
      ))}
    </ul>
  );
}
