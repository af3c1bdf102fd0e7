import { useQuery } from "@tanstack/react-query";
import { createFileRoute, Link, useNavigate, useRouter } from "@tanstack/react-router";
import { useEffect } from "react";
import { useCan } from "@/api/session";
import { conversation } from "@/features/conversations/api";
import { ChatLayout } from "@/features/conversations/chat-layout";
import { titleOf } from "@/features/conversations/conversation-row";
import { ConversationView } from "@/features/conversations/conversation-view";
import { RunReply } from "@/features/runs/transcript/run-reply";
import { AnswerFacts } from "@/features/runs/view/answer-facts";
import { RunFeedback } from "@/features/runs/view/run-feedback";
import { useApprovalSlot } from "../../use-approval-slot";

export const Route = createFileRoute("/_app/chat/$conversationId")({
  loader: async ({ context: { queryClient }, params }) => {
    // The page shows the error beside the other conversations.
    const found = await queryClient.ensureQueryData(conversation(params.conversationId)).catch(() => null);
    return { crumb: found ? titleOf(found) : "Conversation" };
  },
  component: OneConversation,
});

const STEP_LINK = "grid size-6 shrink-0 place-items-center rounded text-faint hover:bg-hover hover:text-fg";

function OneConversation() {
  const { conversationId } = Route.useParams();
  const navigate = useNavigate();
  const canWrite = useCan()("conversations:write");
  const renderApproval = useApprovalSlot();
  useCrumbOf(conversationId);
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
        onNewChat={(search) => void navigate({ to: "/chat", search })}
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
          <>
            <RunFeedback runId={runId} />
            <Link to="/runs/$runId" params={{ runId }} className={className}>
              {children}
            </Link>
            <AnswerFacts runId={runId} />
          </>
        )}
      />
    </ChatLayout>
  );
}

/** Has the breadcrumb follow the title, which may be given or changed while the conversation is open. */
function useCrumbOf(conversationId: string): void {
  const { crumb } = Route.useLoaderData();
  const { data } = useQuery(conversation(conversationId));
  const router = useRouter();
  const isStale = data !== undefined && titleOf(data) !== crumb;
  useEffect(() => {
    if (isStale) void router.invalidate();
  }, [isStale, router]);
}
