import { Copy, File, Pencil } from "lucide-react";
import { useState } from "react";
import type { Attachment, Message } from "@/api/types";
import { FilePanel } from "@/components/files/file-panel";
import { IconButton } from "@/components/ui/button";
import { copyText } from "@/components/ui/copy-button";
import { bytes } from "@/lib/format";
import { isPicture } from "./attachment-chips";

interface Props {
  readonly message: Message;
  readonly onEdit: ((text: string) => void) | undefined;
}

/** What a person wrote, as they wrote it. */
export function UserMessage({ message, onEdit }: Props) {
  return (
    <article aria-label="You" className="group ml-auto flex w-fit max-w-[88%] flex-col items-end gap-1.5">
      {message.attachments.length > 0 && (
        <ul aria-label="Attached files" className="flex flex-wrap justify-end gap-2">
          {message.attachments.map((attachment) => (
            <li key={attachment.id}>
              <AttachmentLink attachment={attachment} />
            </li>
          ))}
        </ul>
      )}
      <div className="rounded-2xl rounded-br-md bg-accent-soft px-4 py-2.5 text-base break-words whitespace-pre-wrap">
        {message.content}
      </div>
      <div className="flex h-7 opacity-0 transition-opacity group-focus-within:opacity-100 group-hover:opacity-100">
        {onEdit && <IconButton label="Edit" icon={Pencil} size="sm" onClick={() => onEdit(message.content)} />}
        <IconButton label="Copy" icon={Copy} size="sm" onClick={() => void copyText(message.content)} />
      </div>
    </article>
  );
}

function AttachmentLink({ attachment }: { readonly attachment: Attachment }) {
  const [isOpen, setOpen] = useState(false);
  const open = () => setOpen(true);
  const panel = isOpen && <FilePanel file={attachment} onClose={() => setOpen(false)} />;
  if (isPicture(attachment.type)) {
    return (
      <>
        <button type="button" className="block" onClick={open}>
          <img src={attachment.url} alt={attachment.name} className="max-h-48 max-w-64 rounded-lg border border-line" />
        </button>
        {panel}
      </>
    );
  }
  return (
    <>
      <button
        type="button"
        title="Preview"
        onClick={open}
        className="flex max-w-64 items-center gap-2 rounded-lg border border-line bg-surface px-2.5 py-1.5 text-xs hover:bg-hover"
      >
        <File aria-hidden="true" className="size-3.5 shrink-0 text-muted" />
        <span className="min-w-0 truncate">{attachment.name}</span>
        <span className="shrink-0 text-2xs text-faint">{bytes(attachment.size)}</span>
      </button>
      {panel}
    </>
  );
}
