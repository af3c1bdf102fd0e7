import { ArrowUp } from "lucide-react";
import { type FormEvent, type KeyboardEvent, useEffect, useRef, useState } from "react";
import { Button } from "@/components/ui/button";

interface Props {
  readonly agentName: string;
  readonly isDisabled: boolean;
  /** Says whether the message was taken; one that was not stays in the field. */
  readonly onSend: (content: string) => Promise<boolean>;
}

const TALLEST_PX = 200;
const LONGEST = 8000;

/** Where a message is written: Enter sends, Shift and Enter begins a line. */
export function Composer({ agentName, isDisabled, onSend }: Props) {
  const field = useRef<HTMLTextAreaElement>(null);
  const [text, setText] = useState("");
  const isReady = !isDisabled && text.trim() !== "";

  // biome-ignore lint/correctness/useExhaustiveDependencies: the field grows with what is in it
  useEffect(() => {
    const element = field.current;
    if (!element) return;
    element.style.height = "auto";
    element.style.height = `${Math.min(TALLEST_PX, element.scrollHeight)}px`;
  }, [text]);

  const send = async (event?: FormEvent) => {
    event?.preventDefault();
    if (!isReady) return;
    const content = text.trim();
    setText("");
    if (!(await onSend(content))) setText((now) => (now === "" ? content : now));
    field.current?.focus();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== "Enter" || event.shiftKey || event.nativeEvent.isComposing) return;
    event.preventDefault();
    void send();
  };
  return (
    <form
      onSubmit={(event) => void send(event)}
      className="flex items-end gap-2 rounded-2xl border border-line-strong bg-surface p-2 focus-within:border-accent"
    >
      <textarea
        ref={field}
        rows={1}
        maxLength={LONGEST}
        value={text}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={onKeyDown}
        aria-label={`Message ${agentName}`}
        placeholder={`Message ${agentName}`}
        className="min-h-10 flex-1 resize-none bg-transparent px-2 py-2 text-base outline-none placeholder:text-faint"
      />
      <Button aria-label="Send" icon={ArrowUp} type="submit" variant="primary" size="lg" disabled={!isReady} />
    </form>
  );
}
