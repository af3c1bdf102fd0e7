import { createFileRoute, Link, useNavigate } from "@tanstack/react-router";
import { useCan } from "@/api/session";
import { ChatLayout } from "@/features/conversations/chat-layout";
import { ConversationView } from "@/features/conversations/conversation-view";
import { RunReply } from "@/features/runs/run-reply";
import { useApprovalSlot } from "../../use-approval-slot";

export const Route = createFileRoute("/_app/chat/$conversationId")({
  staticData: { crumb: "Chat" },
  component: OneConversation,
});

const STEP_LINK = "grid size-6 shrink-0 place-items-center rounded text-faint hover:bg-hover hover:text-fg";

function OneConversation() {
  const { conversationId } = Route.useParams();
  const navigate = useNavigate();
  const canWrite = useCan()("conversations:write");
  const renderApproval = useApprovalSlot();
  return (
    <ChatLayout
      selected={conversationId}
      showsList={false}
      canWrite={canWrite}
      onGone={() => void navigate({ to: "/chat" })}
    >
      <ConversationView
        key={conversationId}
        conversationId={conversationId}
        canWrite={canWrite}
        onNewChat={(agent) => void navigate({ to: "/chat", search: { agent } })}
        renderRun={(runId, onOver) => (
          <RunReply
            runId={runId}
            onOver={onOver}
            renderApproval={renderApproval}
            renderStepLink={(step, children, label) => (
              <Link
                to="/runs/$runId"
                params={{ runId }}
                search={{ step }}
                aria-label={label}
                title={label}
                className={STEP_LINK}
              >
                {children}
              </Link>
            )}
          />
        )}
        renderRunLink={(runId, children, className) => (
          <Link to="/runs/$runId" params={{ runId }} className={className}>
            {children}
          </Link>
        )}
      />
    </ChatLayout>
  );
}
