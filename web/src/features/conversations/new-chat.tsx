import { Link } from "@tanstack/react-router";
import { Bot } from "lucide-react";
import { useRef } from "react";
import type { Conversation } from "@/api/types";
import { DemonstrationNotice } from "@/components/demonstration-notice";
import { NotAllowed } from "@/components/read-only";
import { buttonClass } from "@/components/ui/button";
import { EmptyState } from "@/components/ui/empty-state";
import { ErrorState } from "@/components/ui/error-state";
import { ErrorNotice } from "@/components/ui/notice";
import { type Outgoing, useCreateConversation, useSend } from "./api";
import { Composer, type ComposerHandle } from "./composer";
import { ExamplePrompts } from "./example-prompts-list";
import type { PartnerSearch } from "./partner";
import { PartnerSwitch } from "./partner-switch";
import { ToList } from "./to-list";
import { useNewPartner } from "./use-partner";

interface Props {
  /** Whom the address names. */
  readonly search: PartnerSearch;
  readonly canWrite: boolean;
  readonly onPartner: (partner: PartnerSearch) => void;
  readonly onOpen: (conversationId: string) => void;
}

/** A conversation that begins with its first message: until then nothing is stored. */
export function NewChat(props: Props) {
  return props.canWrite ? <Beginning {...props} /> : <ReadingOnly />;
}

function Beginning({ search, canWrite, onPartner, onOpen }: Props) {
  const { partner, hasNobody, error, retry } = useNewPartner(search);
  const create = useCreateConversation();
  const send = useSend();
  const composer = useRef<ComposerHandle>(null);
  /** A conversation whose first message did not get through: the next try is made in it. */
  const begun = useRef<Conversation | null>(null);

  const begin = async ({ content, attachmentIds }: Outgoing) => {
    if (partner && begun.current?.[`${partner.kind}_id`] !== partner.id) begun.current = await create.mutateAsync(partner);
    if (!begun.current) return;
    const { id } = begun.current;
    await send.mutateAsync({ conversationId: id, content, attachmentIds });
    begun.current = null;
    onOpen(id);
  };
  if (error) return <ErrorState error={error} onRetry={retry} />;
  if (hasNobody) return <NoAgents />;
  return (
    <div className="flex h-full min-h-0 flex-col">
      <header className="flex min-h-12 items-center gap-2 border-line border-b bg-surface px-3 py-2 sm:px-5">
        <ToList />
        <h1 className="min-w-0 flex-1 truncate font-semibold text-base">New chat</h1>
        {partner && <PartnerSwitch partner={partner} canSwitch onChoose={onPartner} />}
      </header>
      <div className="min-h-0 flex-1 overflow-auto px-4 pb-6">
        {partner && <ExamplePrompts partner={partner} onChoose={(text) => composer.current?.fill(text)} />}
      </div>
      <div className="mx-auto w-full max-w-[760px] px-3 pb-3 sm:px-6 sm:pb-5">
        <DemonstrationNotice agent={partner?.agent} className="mb-2" />
        {(create.error ?? send.error) && (
          <div className="mb-2">
            <ErrorNotice error={create.error ?? send.error} />
          </div>
        )}
        <Composer
          draftKey="new"
          agentName={partner?.name ?? "the agent"}
          isAnswering={false}
          isSending={create.isPending || send.isPending}
          canWrite={canWrite && partner !== undefined}
          canAttach={partner?.kind !== "workflow"}
          lastSent={undefined}
          handle={composer}
          onSend={begin}
          onStop={undefined}
        />
      </div>
    </div>
  );
}

/** For those who may read their conversations and not write. */
function ReadingOnly() {
  return (
    <div className="flex h-full min-h-0 flex-col">
      <header className="flex min-h-12 items-center gap-2 border-line border-b bg-surface px-3 py-2 sm:px-5">
        <ToList />
        <h1 className="min-w-0 flex-1 truncate font-semibold text-base">Chat</h1>
      </header>
      <NotAllowed title="You cannot start chats" action="send messages to agents" />
    </div>
  );
}

function NoAgents() {
  return (
    <EmptyState
      icon={Bot}
      title="No agents yet"
      action={
        <Link to="/agents/new" className={buttonClass("primary")}>
          Create agent
        </Link>
      }
    >
      Create an agent; then you can chat with it here.
    </EmptyState>
  );
}
