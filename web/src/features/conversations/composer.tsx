import { ArrowUp, Paperclip, Square } from "lucide-react";
import {
  type ClipboardEvent,
  type DragEvent,
  type FormEvent,
  type KeyboardEvent,
  type RefObject,
  useEffect,
  useImperativeHandle,
  useRef,
  useState,
} from "react";
import { Button, IconButton } from "@/components/ui/button";
import { cx } from "@/lib/cx";
import type { Outgoing } from "./api";
import { AttachmentChips } from "./attachment-chips";
import { useAttachments } from "./use-attachments";
import { useDraft } from "./use-draft";

export interface ComposerHandle {
  fill: (text: string) => void;
}

interface Props {
  /** Under which name what is being written is kept over a reload. */
  readonly draftKey: string;
  readonly agentName: string;
  readonly isAnswering: boolean;
  readonly isSending: boolean;
  readonly canWrite: boolean;
  /** A workflow takes a text alone. */
  readonly canAttach?: boolean;
  /** What the arrow key brings back into an empty field. */
  readonly lastSent: string | undefined;
  readonly handle: RefObject<ComposerHandle | null>;
  readonly onSend: (message: Outgoing) => Promise<unknown>;
  readonly onStop: (() => void) | undefined;
}

const TALLEST_PX = 260;

/** Where a message is written: Enter sends, Shift and Enter begins a line, files are pasted, dropped or chosen. */
export function Composer({
  draftKey,
  agentName,
  isAnswering,
  isSending,
  canWrite,
  canAttach = true,
  lastSent,
  handle,
  onSend,
  onStop,
}: Props) {
  const field = useRef<HTMLTextAreaElement>(null);
  const picker = useRef<HTMLInputElement>(null);
  const [text, setText, forget] = useDraft(draftKey);
  const [isOver, setOver] = useState(false);
  const files = useAttachments();
  const hasSomething = text.trim() !== "" || files.ready.length > 0;
  const isReady = canWrite && hasSomething && !files.isBusy && !isAnswering && !isSending;

  // biome-ignore lint/correctness/useExhaustiveDependencies: the field grows with what is in it
  useEffect(() => {
    const element = field.current;
    if (!element) return;
    element.style.height = "auto";
    element.style.height = `${Math.min(TALLEST_PX, element.scrollHeight)}px`;
  }, [text]);
  useImperativeHandle(handle, () => ({
    fill: (next) => {
      setText(next);
      field.current?.focus();
    },
  }));

  const send = async (event?: FormEvent) => {
    event?.preventDefault();
    if (!isReady) return;
    await onSend({ content: text.trim(), attachmentIds: files.ready.map((file) => file.id) });
    forget();
    files.clear();
    field.current?.focus();
  };
  const onKeyDown = (event: KeyboardEvent<HTMLTextAreaElement>) => {
    if (event.nativeEvent.isComposing) return;
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      // A refusal is told above the field, where the mutation stands.
      void send().catch(() => undefined);
    } else if (event.key === "ArrowUp" && text === "" && lastSent !== undefined) {
      event.preventDefault();
      setText(lastSent);
    } else if (event.key === "Escape" && isAnswering) {
      onStop?.();
    }
  };
  const onPaste = (event: ClipboardEvent) => {
    if (!canAttach || event.clipboardData.files.length === 0) return;
    event.preventDefault();
    files.add(event.clipboardData.files);
  };
  const onDrop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    if (canAttach) files.add(event.dataTransfer.files);
  };

  return (
    <form
      aria-label="Message"
      className={cx(
        "rounded-2xl border bg-surface shadow-card transition-colors focus-within:border-accent",
        isOver ? "border-accent bg-accent-soft" : "border-line-strong",
      )}
      onSubmit={(event) => void send(event).catch(() => undefined)}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(canAttach);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={onDrop}
    >
      <AttachmentChips drafts={files.drafts} onRemove={files.remove} />
      <textarea
        ref={field}
        rows={1}
        aria-label={`Message to ${agentName}`}
        placeholder={canWrite ? `Message ${agentName}` : "You can read this conversation, but you cannot send messages"}
        disabled={!canWrite}
        className="block w-full resize-none bg-transparent px-4 pt-3.5 pb-1 text-base outline-none placeholder:text-faint"
        value={text}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={onKeyDown}
        onPaste={onPaste}
      />
      <div className="flex items-center gap-1.5 px-2 pb-2">
        {canAttach && (
          <>
            <input
              ref={picker}
              type="file"
              multiple
              hidden
              aria-hidden="true"
              tabIndex={-1}
              onChange={(event) => event.target.files && files.add(event.target.files)}
            />
            <IconButton label="Attach files" icon={Paperclip} disabled={!canWrite} onClick={() => picker.current?.click()} />
          </>
        )}
        <span className="mr-1 ml-auto text-faint text-xs max-sm:invisible">
          {isOver ? "Drop to attach" : "Enter sends, Shift+Enter adds a line"}
        </span>
        {isAnswering && onStop ? (
          <Button variant="secondary" icon={Square} onClick={onStop}>
            Stop
          </Button>
        ) : (
          <IconButton label="Send" type="submit" icon={ArrowUp} variant="primary" disabled={!isReady} />
        )}
      </div>
    </form>
  );
}
