import { MessageSquarePlus } from "lucide-react";
import { useEffect, useRef } from "react";
import { AgentIcon } from "@/components/agent-icon";
import { Button } from "@/components/ui/button";
import { Notice } from "@/components/ui/notice";
import { Composer } from "./composer";
import { Exchange } from "./exchange";
import { useChat } from "./use-chat";

/** The page at a deployment's URL: one visitor, one agent, no account. It also stands in a frame of another site. */
export function ChatPage({ targetId }: { readonly targetId: string }) {
  const { chat, draft, error, isMissing, isAnswering, send, clear } = useChat(targetId);
  const end = useRef<HTMLDivElement>(null);

  // biome-ignore lint/correctness/useExhaustiveDependencies: the newest text stays in sight as it grows
  useEffect(() => {
    // In braces: browsers return a promise, which React would take for the effect's end.
    end.current?.scrollIntoView({ block: "end" });
  }, [chat?.messages.length, draft]);

  if (isMissing) {
    return (
      <main className="grid min-h-dvh place-content-center gap-2 bg-canvas p-6 text-center text-fg">
        <h1 className="font-semibold text-lg">This chat is not available</h1>
        <p className="text-muted text-sm">It may have been stopped. Ask the person who gave you the address.</p>
      </main>
    );
  }
  const isEmpty = chat !== null && chat.messages.length === 0;
  return (
    <div className="flex h-dvh flex-col bg-canvas text-fg">
      <header className="flex items-center gap-3 border-line border-b bg-surface px-4 py-2.5">
        <AgentIcon icon={chat?.icon ?? null} seed={targetId} size="sm" />
        <h1 className="min-w-0 flex-1 truncate font-semibold text-base">{chat?.name ?? "Chat"}</h1>
        {chat !== null && !isEmpty && (
          <Button size="sm" variant="ghost" icon={MessageSquarePlus} onClick={() => void clear()} disabled={isAnswering}>
            New chat
          </Button>
        )}
      </header>
      <main className="min-h-0 flex-1 overflow-y-auto" aria-busy={isAnswering}>
        <div className="mx-auto grid w-full max-w-3xl gap-5 px-4 py-6" aria-live="polite">
          {isEmpty && (
            <div className="grid justify-items-center gap-2 pt-[12vh] text-center">
              <AgentIcon icon={chat.icon} seed={targetId} size="lg" />
              <p className="max-w-prose text-lg">{chat.greeting || `Ask ${chat.name} a question.`}</p>
              {chat.description !== "" && <p className="max-w-prose text-muted text-sm">{chat.description}</p>}
            </div>
          )}
          {chat?.messages.map((message, index) => (
            <Exchange
              key={message.run_id}
              message={message}
              agentName={chat.name}
              draft={index === chat.messages.length - 1 ? draft : ""}
            />
          ))}
          {error !== null && <Notice tone="danger">{error}</Notice>}
          <div ref={end} />
        </div>
      </main>
      <footer className="bg-canvas px-4 pb-3">
        <div className="mx-auto grid w-full max-w-3xl gap-1.5">
          <Composer agentName={chat?.name ?? "the agent"} isDisabled={chat === null || isAnswering} onSend={send} />
          <p className="text-center text-2xs text-muted">
            Answers come from an AI agent and may be wrong. Messages are kept for 30 days.
          </p>
        </div>
      </footer>
    </div>
  );
}
