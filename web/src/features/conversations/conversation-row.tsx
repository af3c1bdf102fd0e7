import { Link } from "@tanstack/react-router";
import { Ellipsis, Pencil, Trash2 } from "lucide-react";
import { type FormEvent, useState } from "react";
import type { Conversation } from "@/api/types";
import { IconButton } from "@/components/ui/button";
import { ConfirmDialog } from "@/components/ui/confirm-dialog";
import { Input } from "@/components/ui/input";
import { Menu, MenuItem } from "@/components/ui/menu";
import { ErrorNotice } from "@/components/ui/notice";
import { RelativeTime } from "@/components/ui/time";
import { useToast } from "@/components/ui/toast";
import { afterUnmount } from "@/lib/after-unmount";
import { cx } from "@/lib/cx";
import { plainLine } from "@/lib/plain-line";
import { useDeleteConversation, useRename } from "./api";

interface Props {
  readonly conversation: Conversation;
  readonly isSelected: boolean;
  readonly canWrite: boolean;
  readonly onDeleted: () => void;
}

export function ConversationRow({ conversation, isSelected, canWrite, onDeleted }: Props) {
  const [mode, setMode] = useState<"plain" | "rename" | "delete">("plain");
  if (mode === "rename") return <RenameForm conversation={conversation} onDone={() => setMode("plain")} />;
  return (
    <li className={cx("group relative flex items-center rounded-lg", isSelected ? "bg-selected" : "hover:bg-hover")}>
      <Link
        to="/chat/$conversationId"
        params={{ conversationId: conversation.id }}
        aria-current={isSelected ? "page" : undefined}
        className="min-w-0 flex-1 rounded-lg px-2.5 py-2"
      >
        <span className="flex items-baseline gap-2">
          <span className="min-w-0 flex-1 truncate font-medium text-sm">{titleOf(conversation)}</span>
          <span
            className={cx("shrink-0 text-2xs text-faint", canWrite && "group-focus-within:invisible group-hover:invisible")}
          >
            <RelativeTime at={conversation.last_message_time ?? conversation.created_at} />
          </span>
        </span>
        <span className="block truncate text-muted text-xs">
          {conversation.last_message === null ? "No message yet" : plainLine(conversation.last_message)}
        </span>
      </Link>
      {canWrite && (
        <div className="absolute top-1 right-1 opacity-0 group-focus-within:opacity-100 group-hover:opacity-100 has-[[data-state=open]]:opacity-100">
          <Menu trigger={<IconButton label={`Actions for ${titleOf(conversation)}`} icon={Ellipsis} size="sm" />}>
            <MenuItem icon={Pencil} onSelect={() => setMode("rename")}>
              Rename
            </MenuItem>
            <MenuItem icon={Trash2} tone="danger" onSelect={() => setMode("delete")}>
              Delete
            </MenuItem>
          </Menu>
        </div>
      )}
      {mode === "delete" && (
        <DeleteDialog conversation={conversation} onClose={() => setMode("plain")} onDeleted={onDeleted} />
      )}
    </li>
  );
}

export function titleOf(conversation: Conversation): string {
  return conversation.title || "New conversation";
}

function RenameForm({ conversation, onDone }: { readonly conversation: Conversation; readonly onDone: () => void }) {
  const rename = useRename();
  const toast = useToast();
  const [title, setTitle] = useState(conversation.title);
  const save = (event: FormEvent) => {
    event.preventDefault();
    if (title.trim() === "" || title === conversation.title) onDone();
    else rename.mutate({ id: conversation.id, title: title.trim() }, { onSuccess: onDone, onError: toast.danger });
  };
  return (
    <li>
      <form className="p-1" onSubmit={save}>
        <Input
          autoFocus
          aria-label="Title"
          value={title}
          maxLength={200}
          onChange={(event) => setTitle(event.target.value)}
          onBlur={save}
          onKeyDown={(event) => event.key === "Escape" && onDone()}
        />
      </form>
    </li>
  );
}

interface DeleteProps {
  readonly conversation: Conversation;
  readonly onClose: () => void;
  readonly onDeleted: () => void;
}

function DeleteDialog({ conversation, onClose, onDeleted }: DeleteProps) {
  const remove = useDeleteConversation();
  return (
    <ConfirmDialog
      open
      onOpenChange={(isOpen) => !isOpen && onClose()}
      title="Delete this conversation?"
      confirmLabel="Delete"
      busy={remove.isPending}
      error={<ErrorNotice error={remove.error} />}
      onConfirm={() => afterUnmount(remove.mutateAsync(conversation.id), onDeleted)}
    >
      “{titleOf(conversation)}” is deleted permanently, with its messages, its files and the runs behind its answers.
    </ConfirmDialog>
  );
}
