import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Paperclip } from "lucide-react";
import type { SharedConversation, SharedMessage } from "@/api/types";
import { Wordmark } from "@/components/brand";
import { Linked } from "@/components/card-page";
import { buttonClass } from "@/components/ui/button";
import { Markdown } from "@/components/ui/markdown";
import { Notice } from "@/components/ui/notice";
import { absoluteTime } from "@/lib/format";
import { sharedConversation } from "./shares-api";

interface Props {
  readonly token: string;
  readonly organization: string | undefined;
}

/** A conversation that its person shared by a link: to be read, and nothing else. */
export function SharedPage({ token, organization }: Props) {
  const query = useQuery(sharedConversation(token, organization));
  const wayOn = (
    <Link to="/sign-in" className={buttonClass("secondary", "lg")}>
      Sign in
    </Link>
  );
  return (
    <Linked
      query={query}
      width="max-w-md"
      loading={{ title: "Shared conversation", label: "Loading the conversation" }}
      title="This link shows nothing"
      wayOn={wayOn}
    >
      {(shared) => <Shown shared={shared} />}
    </Linked>
  );
}

function Shown({ shared }: { readonly shared: SharedConversation }) {
  const partner = shared.partner_name ?? "Deleted agent";
  return (
    <main className="mx-auto flex min-h-dvh w-full max-w-3xl flex-col gap-6 px-4 py-6 sm:px-6">
      <header className="flex flex-col gap-3 border-line border-b pb-4">
        <Wordmark />
        <h1 className="wrap-anywhere font-semibold text-fg text-xl tracking-tight">{shared.title || "Conversation"}</h1>
        <p className="text-muted text-sm">
          A conversation of {shared.person_name} ({shared.organization_name}) with {partner}, shared on{" "}
          {absoluteTime(shared.created_at)}. The link expires on {absoluteTime(shared.expires_at)}.
        </p>
      </header>
      <ol aria-label="Messages" className="flex flex-col gap-5">
        {shared.messages.map((message) => (
          <li key={message.sequence}>
            <Said message={message} speaker={message.sender_type === "user" ? shared.person_name : partner} />
          </li>
        ))}
      </ol>
      {shared.messages.length === 0 && <p className="text-muted text-sm">The messages were deleted.</p>}
    </main>
  );
}

function Said({ message, speaker }: { readonly message: SharedMessage; readonly speaker: string }) {
  const isAsked = message.sender_type === "user";
  return (
    <article aria-label={speaker} className={isAsked ? "ml-auto flex w-fit max-w-[88%] flex-col items-end gap-1.5" : "grid"}>
      {message.attachments.length > 0 && (
        <p className="wrap-anywhere flex items-center gap-1 text-muted text-xs">
          <Paperclip aria-hidden className="size-3 shrink-0" /> {message.attachments.join(", ")} (not shared)
        </p>
      )}
      {isAsked ? (
        <div className="wrap-anywhere whitespace-pre-wrap rounded-2xl rounded-br-md bg-accent-soft px-4 py-2.5 text-base">
          {message.content}
        </div>
      ) : (
        <Markdown text={message.content} />
      )}
      {message.status === "failed" && <Notice tone="danger">This answer failed.</Notice>}
      {message.status === "cancelled" && <Notice tone="info">Stopped.</Notice>}
    </article>
  );
}
