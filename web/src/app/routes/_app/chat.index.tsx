import { createFileRoute, useNavigate } from "@tanstack/react-router";
import { useCan } from "@/api/session";
import { ChatLayout } from "@/features/conversations/chat-layout";
import { NewChat } from "@/features/conversations/new-chat";

interface ChatSearch {
  agent?: string;
  team?: string;
  /** On a narrow window: the list instead of a new conversation. */
  list?: true;
}

export const Route = createFileRoute("/_app/chat/")({
  validateSearch: (search: Record<string, unknown>): ChatSearch => ({
    ...(typeof search.agent === "string" ? { agent: search.agent } : {}),
    ...(typeof search.team === "string" ? { team: search.team } : {}),
    ...(search.list === true ? { list: true as const } : {}),
  }),
  component: Chat,
});

function Chat() {
  const { agent, team, list } = Route.useSearch();
  const navigate = useNavigate();
  const canWrite = useCan()("conversations:write");
  return (
    <ChatLayout selected={undefined} showsList={list === true} canWrite={canWrite} onGone={() => undefined}>
      <NewChat
        agentId={agent}
        teamId={team}
        canWrite={canWrite}
        onAgent={(next) => void navigate({ to: "/chat", search: { agent: next }, replace: true })}
        onOpen={(conversationId) => void navigate({ to: "/chat/$conversationId", params: { conversationId } })}
      />
    </ChatLayout>
  );
}
