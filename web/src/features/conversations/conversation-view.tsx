import { useQuery, useQueryClient } from "@tanstack/react-query";
import { type ComponentProps, type ReactNode, useRef, useState } from "react";
import type { Conversation, Message } from "@/api/types";
import { DemonstrationNotice } from "@/components/demonstration-notice";
import { ErrorState } from "@/components/ui/error-state";
import { ErrorNotice, Notice } from "@/components/ui/notice";
import { agents, chatKeys, conversation, isUnderWay, messages, useRegenerate, useSend, useStopReply } from "./api";
import { ChatHeader } from "./chat-header";
import { Composer, type ComposerHandle } from "./composer";
import { ExamplePrompts } from "./example-prompts-list";
import { MessageList, ThreadSkeleton } from "./message-list";
import { type PartnerSearch, partnerOfAgent, searchOfConversation } from "./partner";
import { Thread } from "./thread";
import { useOtherPartner } from "./use-partner";

interface Props {
  readonly conversationId: string;
  readonly canWrite: boolean;
  readonly renderRun: (runId: string, onOver: () => void) => ReactNode;
  readonly renderRunLink: (runId: string, children: ReactNode, className: string) => ReactNode;
  readonly onNewChat: (partner: PartnerSearch) => void;
}

const ALONE = "The agent, team or workflow of this conversation was deleted. You can read the messages, but not continue.";
const READING = "Your role can read this conversation, but cannot send messages. An owner or admin can change your role.";

/** One conversation: its messages, the answer that is being written, and where the next message is written. */
export function ConversationView({ conversationId, canWrite, renderRun, renderRunLink, onNewChat }: Props) {
  const client = useQueryClient();
  const about = useQuery(conversation(conversationId));
  const thread = useQuery(messages(conversationId));
  const agent = useQuery(agents()).data?.find((one) => one.id === about.data?.agent_id);
  const other = useOtherPartner(searchOfConversation(about.data));
  const partner = agent ? partnerOfAgent(agent) : other;
  const send = useSend();
  const stop = useStopReply();
  const regenerate = useRegenerate(conversationId);
  const composer = useRef<ComposerHandle>(null);
  const [sentCount, setSentCount] = useState(0);

  const refused = about.error ?? (thread.data ? null : thread.error);
  if (refused) return <ErrorState error={refused} onRetry={() => void Promise.all([about.refetch(), thread.refetch()])} />;
  const all = thread.data ?? [];
  const asked = all.findLast((message) => message.sender_type === "user");
  const runUnderWay = underWay(all.at(-1));
  const agentName = nameOf(about.data, partner);

  const say = async (content: string, attachmentIds: readonly string[]) => {
    await send.mutateAsync({ conversationId, content, attachmentIds });
    setSentCount((count) => count + 1);
  };
  const onOver = () => {
    void client.invalidateQueries({ queryKey: chatKeys.messages(conversationId) });
    void client.invalidateQueries({ queryKey: chatKeys.lists });
  };

  return (
    <div className="flex h-full min-h-0 flex-col">
      <ChatHeader
        conversation={about.data}
        partner={partner}
        canWrite={canWrite}
        messages={all}
        agentName={agentName}
        onNewChat={onNewChat}
      />
      <Thread sentCount={sentCount}>
        {thread.isPending && <ThreadSkeleton />}
        <MessageList
          messages={all}
          agentName={agentName}
          renderRun={(runId) => renderRun(runId, onOver)}
          renderRunLink={renderRunLink}
          onEdit={canWrite ? (text) => composer.current?.fill(text) : undefined}
          onAgain={canWrite && runUnderWay === null && !send.isPending ? () => regenerate.mutate() : undefined}
        />
        {thread.isSuccess && all.length === 0 && canWrite && (
          <ExamplePrompts partner={partner} onChoose={(text) => composer.current?.fill(text)} />
        )}
      </Thread>
      <div className="mx-auto w-full max-w-[760px] px-3 pb-3 sm:px-6 sm:pb-5">
        <DemonstrationNotice agent={agent} className="mb-2" />
        <ErrorNotice error={send.error ?? stop.error ?? regenerate.error} />
        <Writing
          closed={closedReason(canWrite, about.data)}
          key={conversationId}
          draftKey={conversationId}
          agentName={agentName}
          isAnswering={runUnderWay !== null}
          isSending={send.isPending}
          canWrite
          canAttach={about.data?.workflow_id == null}
          lastSent={asked?.content}
          handle={composer}
          onSend={({ content, attachmentIds }) => say(content, attachmentIds)}
          onStop={runUnderWay === null ? undefined : () => stop.mutate(runUnderWay)}
        />
      </div>
    </div>
  );
}

function nameOf(about: Conversation | undefined, partner: { name: string } | undefined): string {
  if (partner) return partner.name;
  if (about?.workflow_id) return "the workflow";
  return about?.team_id ? "the team" : "the agent";
}

/** Why nothing can be written; null when it can. */
function closedReason(canWrite: boolean, about: Conversation | undefined): string | null {
  if (!canWrite) return READING;
  if (about === undefined) return null;
  return about.agent_id === null && about.team_id === null && about.workflow_id === null ? ALONE : null;
}

function Writing({ closed, ...rest }: { readonly closed: string | null } & ComponentProps<typeof Composer>) {
  return closed === null ? <Composer {...rest} /> : <Notice>{closed}</Notice>;
}

/** The run that is writing this message; null when none is. */
function underWay(last: Message | undefined): string | null {
  return last?.sender_type === "agent" && isUnderWay(last) ? last.run_id : null;
}
