import { createFileRoute, useNavigate } from "@tanstack/react-router";
import { useCan } from "@/api/session";
import { ChatLayout } from "@/features/conversations/chat-layout";
import { NewChat } from "@/features/conversations/new-chat";
import type { PartnerSearch } from "@/features/conversations/partner";
import { useUnderstood } from "../../understood";

interface ChatSearch extends PartnerSearch {
  /** On a narrow window: the list instead of a new conversation. */
  list?: true;
}

export const Route = createFileRoute("/_app/chat/")({
  validateSearch: (search: Record<string, unknown>): ChatSearch => ({
    ...(typeof search.agent === "string" ? { agent: search.agent } : {}),
    ...(typeof search.team === "string" ? { team: search.team } : {}),
    ...(typeof search.workflow === "string" ? { workflow: search.workflow } : {}),
    ...(search.list === true ? { list: true as const } : {}),
  }),
  component: Chat,
});

function Chat() {
  const { list, ...partner } = useUnderstood(Route);
  const navigate = useNavigate();
  const canWrite = useCan()("conversations:write");
  return (
    <ChatLayout selected={undefined} showsList={list === true} canWrite={canWrite} onGone={() => undefined}>
      <NewChat
        search={partner}
        canWrite={canWrite}
        onPartner={(search) => void navigate({ to: "/chat", search, replace: true })}
        onOpen={(conversationId) => void navigate({ to: "/chat/$conversationId", params: { conversationId } })}
      />
    </ChatLayout>
  );
}
