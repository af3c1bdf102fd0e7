import { Copy, FileDown, Link2, Share } from "lucide-react";
import { useState } from "react";
import type { Conversation, Message } from "@/api/types";
import { IconButton } from "@/components/ui/button";
import { copyText } from "@/components/ui/copy-button";
import { Menu, MenuItem } from "@/components/ui/menu";
import { useToast } from "@/components/ui/toast";
import { download } from "@/lib/download";
import { asMarkdown, fileNameOf } from "./as-markdown";
import { titleOf } from "./conversation-row";
import type { Partner, PartnerSearch } from "./partner";
import { PartnerSwitch } from "./partner-switch";
import { ShareDialog } from "./share-dialog";
import { ToList } from "./to-list";

interface Props {
  readonly conversation: Conversation | undefined;
  readonly partner: Partner | undefined;
  readonly canWrite: boolean;
  readonly messages: readonly Message[];
  readonly agentName: string;
  readonly onNewChat: (partner: PartnerSearch) => void;
}

/** What is talked about, and with whom. A conversation keeps its partner; choosing another begins a new one. */
export function ChatHeader({ conversation, partner, canWrite, messages, agentName, onNewChat }: Props) {
  return (
    <header className="flex min-h-12 items-center gap-2 border-line border-b bg-surface px-3 py-2 sm:px-5">
      <ToList />
      <h1 className="min-w-0 flex-1 truncate font-semibold text-base">
        {conversation ? titleOf(conversation) : "Conversation"}
      </h1>
      {messages.length > 0 && (
        <ShareMenu
          title={conversation ? titleOf(conversation) : "Conversation"}
          messages={messages}
          agentName={agentName}
          conversationId={canWrite ? conversation?.id : undefined}
        />
      )}
      {partner && <PartnerSwitch partner={partner} canSwitch={canWrite} onChoose={onNewChat} />}
    </header>
  );
}

interface ShareProps {
  readonly title: string;
  readonly messages: readonly Message[];
  readonly agentName: string;
  /** Of which links may be created; none for one who may not write. */
  readonly conversationId: string | undefined;
}

/** Conversations are their person's own; what is shared is their text. */
function ShareMenu({ title, messages, agentName, conversationId }: ShareProps) {
  const toast = useToast();
  const [isLinking, setLinking] = useState(false);
  const text = () => asMarkdown(title, agentName, messages);
  return (
    <>
      <Menu trigger={<IconButton label="Share" icon={Share} size="sm" />}>
        {conversationId && (
          <MenuItem icon={Link2} onSelect={() => setLinking(true)}>
            Share by link…
          </MenuItem>
        )}
        <MenuItem
          icon={Copy}
          onSelect={() =>
            void copyText(text()).then((isCopied) => isCopied && toast.success("The conversation is copied as Markdown."))
          }
        >
          Copy as Markdown
        </MenuItem>
        <MenuItem icon={FileDown} onSelect={() => download(fileNameOf(title), text(), "text/markdown")}>
          Download as Markdown
        </MenuItem>
      </Menu>
      {isLinking && conversationId && <ShareDialog conversationId={conversationId} onClose={() => setLinking(false)} />}
    </>
  );
}
