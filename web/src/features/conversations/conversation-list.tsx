import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { MessagesSquare, Search, SquarePen } from "lucide-react";
import { useDeferredValue, useState } from "react";
import { Button, buttonClass } from "@/components/ui/button";
import { EmptyState } from "@/components/ui/empty-state";
import { ErrorState } from "@/components/ui/error-state";
import { SkeletonRows } from "@/components/ui/skeleton";
import { conversationList } from "./api";
import { ConversationRow } from "./conversation-row";

interface Props {
  readonly selected: string | undefined;
  readonly canWrite: boolean;
  /** The conversation that is open was deleted. */
  readonly onGone: () => void;
}

/** The reader's conversations, the one with the newest message first. */
export function ConversationList({ selected, canWrite, onGone }: Props) {
  const [text, setText] = useState("");
  const q = useDeferredValue(text.trim());
  const pages = useInfiniteQuery(conversationList(q));
  const conversations = pages.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <nav aria-label="Conversations" className="flex h-full min-h-0 flex-col">
      <div className="grid gap-2 border-line border-b p-3">
        {canWrite && (
          <Link to="/chat" className={buttonClass("secondary", "md", "w-full")}>
            <SquarePen aria-hidden="true" className="size-3.5" /> New chat
          </Link>
        )}
        <label className="flex items-center gap-2 rounded-md bg-sunken px-2.5">
          <Search aria-hidden="true" className="size-3.5 text-faint" />
          <input
            type="search"
            data-filter
            aria-label="Search conversations"
            placeholder="Search"
            className="h-8 min-w-0 flex-1 bg-transparent text-sm placeholder:text-faint"
            value={text}
            onChange={(event) => setText(event.target.value)}
          />
        </label>
      </div>
      <div className="min-h-0 flex-1 overflow-auto p-2">
        {pages.isPending && <SkeletonRows rows={6} label="Loading conversations" />}
        {pages.isError && conversations.length === 0 && (
          <ErrorState error={pages.error} onRetry={() => void pages.refetch()} />
        )}
        {pages.isSuccess && conversations.length === 0 && (
          <EmptyState icon={MessagesSquare} title={q === "" ? "No conversations yet" : "No results"} />
        )}
        <ul className="grid grid-cols-1 gap-0.5">
          {conversations.map((conversation) => (
            <ConversationRow
              key={conversation.id}
              conversation={conversation}
              isSelected={conversation.id === selected}
              canWrite={canWrite}
              onDeleted={() => conversation.id === selected && onGone()}
            />
          ))}
        </ul>
        {pages.hasNextPage && (
          <Button
            variant="ghost"
            className="mt-1 w-full"
            busy={pages.isFetchingNextPage}
            onClick={() => void pages.fetchNextPage()}
          >
            Show older
          </Button>
        )}
      </div>
    </nav>
  );
}
