import { useCallback, useEffect, useState } from "react";
import {
  type Chat,
  ChatError,
  type ChatMessage,
  type ChatNews,
  clearChat,
  followMessage,
  readChat,
  sendMessage,
} from "./api";

export interface ChatState {
  readonly chat: Chat | null;
  /** The text so far of the answer that is being written. */
  readonly draft: string;
  readonly error: string | null;
  readonly isMissing: boolean;
  readonly isAnswering: boolean;
  readonly send: (content: string) => Promise<boolean>;
  readonly clear: () => Promise<void>;
}

function isUnderWay(message: ChatMessage | undefined): boolean {
  return message?.status === "pending" || message?.status === "running";
}

function withMessage(chat: Chat | null, message: ChatMessage): Chat | null {
  if (!chat) return chat;
  const others = chat.messages.filter((each) => each.run_id !== message.run_id);
  return { ...chat, messages: [...others, message] };
}

function sentence(error: unknown): string {
  return error instanceof ChatError ? error.message : "The answer was interrupted. Reload the page to see it.";
}

/** The chat of this visitor: read once, then kept by what is sent and what is told. */
export function useChat(targetId: string): ChatState {
  const [chat, setChat] = useState<Chat | null>(null);
  const [draft, setDraft] = useState("");
  const [error, setError] = useState<string | null>(null);
  const [isMissing, setMissing] = useState(false);
  const [isSending, setSending] = useState(false);

  const createTell = useCallback(() => {
    let step = "";
    let text = "";
    return (news: ChatNews) => {
      if (news.kind === "message") {
        setChat((known) => withMessage(known, news.message));
        if (!isUnderWay(news.message)) setDraft("");
        return;
      }
      // A step of its own, such as after a tool was called, starts the text again.
      if (news.step !== step) text = "";
      step = news.step;
      text = text.slice(0, news.index) + news.text;
      setDraft(text);
    };
  }, []);

  useEffect(() => {
    let isLeft = false;
    readChat(targetId).then(
      (found) => {
        if (isLeft) return;
        setChat(found);
        document.title = found.name;
        const last = found.messages.at(-1);
        if (last && isUnderWay(last)) {
          followMessage(targetId, last.run_id, createTell()).catch((failure: unknown) => setError(sentence(failure)));
        }
      },
      (failure: unknown) => {
        if (isLeft) return;
        setMissing(failure instanceof ChatError && failure.status === 404);
        setError(sentence(failure));
      },
    );
    return () => {
      isLeft = true;
    };
  }, [targetId, createTell]);

  const send = async (content: string) => {
    setSending(true);
    setError(null);
    try {
      await sendMessage(targetId, content, createTell());
      return true;
    } catch (failure) {
      setError(sentence(failure));
      return false;
    } finally {
      setSending(false);
      setDraft("");
    }
  };

  const clear = async () => {
    try {
      await clearChat(targetId);
      setError(null);
      setChat((known) => known && { ...known, messages: [] });
    } catch (failure) {
      setError(sentence(failure));
    }
  };

  return { chat, draft, error, isMissing, isAnswering: isSending || isUnderWay(chat?.messages.at(-1)), send, clear };
}
