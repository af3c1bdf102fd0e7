import { Markdown } from "@/components/ui/markdown";
import { Notice } from "@/components/ui/notice";
import type { ChatMessage } from "./api";

interface Props {
  readonly message: ChatMessage;
  readonly agentName: string;
  /** What has come of the answer so far. */
  readonly draft: string;
}

/** What the visitor said, and what was answered. */
export function Exchange({ message, agentName, draft }: Props) {
  const text = message.answer ?? draft;
  const isWritten = message.status === "pending" || message.status === "running";
  return (
    <>
      <article
        aria-label="You"
        className="ml-auto w-fit max-w-[88%] whitespace-pre-wrap break-words rounded-2xl rounded-br-md bg-accent-soft px-4 py-2.5 text-base"
      >
        {message.content}
      </article>
      <article aria-label={agentName} aria-busy={isWritten} className="min-w-0 text-base">
        {text !== "" && <Markdown text={text} />}
        {isWritten && text === "" && (
          <p className="flex h-6 items-center gap-1" role="status">
            <span className="sr-only">{agentName} is answering</span>
            {[0, 1, 2].map((dot) => (
              <span key={dot} className="size-1.5 animate-pulse rounded-full bg-muted" />
            ))}
          </p>
        )}
        {message.status === "waiting" && (
          <Notice tone="info">A person must decide on this first. Reload the page later to see the answer.</Notice>
        )}
        {message.error !== null && <Notice tone="danger">{message.error}</Notice>}
      </article>
    </>
  );
}
