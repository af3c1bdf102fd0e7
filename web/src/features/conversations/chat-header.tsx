import type { Conversation } from "@/api/types";
import { titleOf } from "./conversation-row";
import type { Partner, PartnerSearch } from "./partner";
import { PartnerSwitch } from "./partner-switch";
import { ToList } from "./to-list";

interface Props {
  readonly conversation: Conversation | undefined;
  readonly partner: Partner | undefined;
  readonly canWrite: boolean;
  readonly onNewChat: (partner: PartnerSearch) => void;
}

/** What is talked about, and with whom. A conversation keeps its partner; choosing another begins a new one. */
export function ChatHeader({ conversation, partner, canWrite, onNewChat }: Props) {
  return (
    <header className="flex min-h-12 items-center gap-2 border-line border-b bg-surface px-3 py-2 sm:px-5">
      <ToList />
      <h1 className="min-w-0 flex-1 truncate font-semibold text-base">
        {conversation ? titleOf(conversation) : "Conversation"}
      </h1>
      {partner && <PartnerSwitch partner={partner} canSwitch={canWrite} onChoose={onNewChat} />}
    </header>
  );
}
