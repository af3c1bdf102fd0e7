import { useQuery, useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useRef, useState } from "react";
import type { Message } from "@/api/types";
import { ErrorState } from "@/components/ui/error-state";
import { ErrorNotice } from "@/components/ui/notice";
import { Skeleton } from "@/components/ui/skeleton";
import { AgentMessage } from "./agent-message";
import { agents, chatKeys, conversation, messages, useSend, useStopReply } from "./api";
import { ChatHeader } from "./chat-header";
import { Composer, type ComposerHandle } from "./composer";
import { ExamplePrompts } from "./example-prompts-list";
import { Thread } from "./thread";
import { UserMessage } from "./user-message";

interface Props {
  readonly conversationId: string;
  readonly canWrite: boolean;
  readonly renderRun: (runId: string, onOver: () => void) => ReactNode;
  readonly renderRunLink: (runId: string, children: ReactNode, className: string) => ReactNode;
  readonly onNewChat: (agentId: string) => void;
}

/** One conversation: its messages, the answer that is being written, and where the next message is written. */
export function ConversationView({ conversationId, canWrite, renderRun, renderRunLink, onNewChat }: Props) {
  const client = useQueryClient();
  const about = useQuery(conversation(conversationId));
  const thread = useQuery(messages(conversationId));
  const agent = useQuery(agents()).data?.find((one) => one.id === about.data?.agent_id);
  const send = useSend();
  const stop = useStopReply();
  const composer = useRef<ComposerHandle>(null);
  const [sentCount, setSentCount] = useState(0);

  if (about.isError) return <ErrorState error={about.error} onRetry={() => void about.refetch()} />;
  if (thread.isError && !thread.data) return <ErrorState error={thread.error} onRetry={() => void thread.refetch()} />;
  const all = thread.data ?? [];
  const last = all.at(-1);
  const answering =
    last?.sender_type === "agent" && (last.status === "streaming" || last.status === "waiting") ? last : undefined;
  const lastSent = all.findLast((message) => message.sender_type === "user")?.content;
  const agentName = agent?.name ?? "the agent";

  const say = async (content: string, attachmentIds: readonly string[] = []) => {
    await send.mutateAsync({ conversationId, content, attachmentIds });
    setSentCount((count) => count + 1);
  };
  const onOver = () => {
    void client.invalidateQueries({ queryKey: chatKeys.messages(conversationId) });
    void client.invalidateQueries({ queryKey: chatKeys.lists });
  };
  const canRepeat = canWrite && !answering && !send.isPending;

  return (
    <div className="flex h-full min-h-0 flex-col">
      <ChatHeader conversation={about.data} agent={agent} canWrite={canWrite} onNewChat={onNewChat} />
      <Thread sentCount={sentCount}>
        {thread.isPending ? (
          <ThreadSkeleton />
        ) : (
          <ol className="flex flex-col gap-5">
            {all.map((message) => (
              <li key={message.id}>
                {message.sender_type === "user" ? (
                  <UserMessage message={message} onEdit={canWrite ? (text) => composer.current?.fill(text) : undefined} />
                ) : (
                  <AgentMessage
                    message={message}
                    agentName={agentName}
                    renderRun={(runId) => renderRun(runId, onOver)}
                    renderRunLink={renderRunLink}
                    onRegenerate={
                      canRepeat && message === last && lastSent !== undefined
                        ? () => void say(lastSent, attachmentsOf(all)).catch(() => undefined)
                        : undefined
                    }
                  />
                )}
              </li>
            ))}
          </ol>
        )}
        {thread.isSuccess && all.length === 0 && (
          <ExamplePrompts agent={agent} onChoose={(text) => composer.current?.fill(text)} />
        )}
      </Thread>
      <div className="mx-auto w-full max-w-[760px] px-3 pb-3 sm:px-6 sm:pb-5">
        {(send.error ?? stop.error) && (
          <div className="mb-2">
            <ErrorNotice error={send.error ?? stop.error} />
          </div>
        )}
        <Composer
          key={conversationId}
          draftKey={conversationId}
          agentName={agentName}
          isAnswering={answering !== undefined}
          isSending={send.isPending}
          canWrite={canWrite}
          lastSent={lastSent}
          handle={composer}
          onSend={({ content, attachmentIds }) => say(content, attachmentIds)}
          onStop={canWrite && answering?.run_id ? () => stop.mutate(answering.run_id as string) : undefined}
        />
      </div>
    </div>
  );
}

function attachmentsOf(all: readonly Message[]): string[] {
  return all.findLast((message) => message.sender_type === "user")?.attachments.map((attachment) => attachment.id) ?? [];
}

function ThreadSkeleton() {
  return (
    <div role="status" aria-label="Loading the conversation" className="grid gap-5">
      <Skeleton className="ml-auto h-10 w-64" />
      <Skeleton className="h-24 w-full" />
      <Skeleton className="ml-auto h-10 w-48" />
      <Skeleton className="h-16 w-4/5" />
    </div>
  );
}
