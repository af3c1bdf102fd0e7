import type { ReactNode } from "react";
import type { Message } from "@/api/types";
import { Skeleton } from "@/components/ui/skeleton";
import { AgentMessage } from "./agent-message";
import { UserMessage } from "./user-message";

interface Props {
  readonly messages: readonly Message[];
  readonly agentName: string;
  readonly renderRun: (runId: string) => ReactNode;
  readonly renderRunLink: (runId: string, children: ReactNode, className: string) => ReactNode;
  readonly onEdit: ((text: string) => void) | undefined;
  /** Has the last question answered again. */
  readonly onAgain: (() => void) | undefined;
}

export function MessageList({ messages, agentName, renderRun, renderRunLink, onEdit, onAgain }: Props) {
  const last = messages.at(-1);
  return (
    <ol className="flex flex-col gap-5">
      {messages.map((message) => (
        <li key={message.id}>
          {message.sender_type === "user" ? (
            <UserMessage message={message} onEdit={onEdit} />
          ) : (
            <AgentMessage
              message={message}
              agentName={agentName}
              renderRun={renderRun}
              renderRunLink={renderRunLink}
              onRegenerate={message === last ? onAgain : undefined}
            />
          )}
        </li>
      ))}
    </ol>
  );
}

export function ThreadSkeleton() {
  return (
    <div role="status" aria-label="Loading the conversation" className="grid gap-5">
      <Skeleton className="ml-auto h-10 w-64" />
      <Skeleton className="h-24 w-full" />
      <Skeleton className="ml-auto h-10 w-48" />
      <Skeleton className="h-16 w-4/5" />
    </div>
  );
}
