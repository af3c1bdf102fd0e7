/** The chat page's own few calls: it has no session, and is no part of the console. */

import type { components } from "@/api/schema";
import { parseJson, stringifyJson } from "@/lib/exact-json";
import { createSseParser } from "@/lib/sse";

export type Chat = components["schemas"]["Chat"];
export type ChatMessage = components["schemas"]["ChatMessage"];

export class ChatError extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

/** What is told while an answer comes: the message in its current state, or a piece of a step's text. */
export type ChatNews =
  | { readonly kind: "message"; readonly message: ChatMessage }
  | { readonly kind: "text"; readonly step: string; readonly index: number; readonly text: string };

export async function readChat(targetId: string): Promise<Chat> {
  return (await call(targetId, "/chat")).json() as Promise<Chat>;
}

export async function clearChat(targetId: string): Promise<void> {
  await call(targetId, "/chat", { method: "DELETE" });
}

export async function sendMessage(targetId: string, content: string, tell: (news: ChatNews) => void): Promise<void> {
  const headers = { Accept: "text/event-stream", "Content-Type": "application/json" };
  const body = stringifyJson({ content });
  await follow(await call(targetId, "/chat/messages", { method: "POST", headers, body }), tell);
}

/** Follows an answer that was begun before, such as after a reload; an answer that is over is told at once. */
export async function followMessage(targetId: string, runId: string, tell: (news: ChatNews) => void): Promise<void> {
  const response = await call(targetId, `/chat/messages/${runId}`, { headers: { Accept: "text/event-stream" } });
  if (response.headers.get("Content-Type")?.startsWith("application/json")) {
    tell({ kind: "message", message: (await response.json()) as ChatMessage });
  } else {
    await follow(response, tell);
  }
}

async function call(targetId: string, path: string, init?: RequestInit): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(`/api/v1/deployed/${targetId}${path}`, init);
  } catch {
    throw new ChatError(0, "There is no connection. Check yours, then try again.");
  }
  if (response.ok) return response;
  const wait = Number(response.headers.get("Retry-After"));
  throw new ChatError(response.status, sentenceOf(response.status, wait));
}

function sentenceOf(status: number, wait: number): string {
  if (status === 429)
    return `Too many messages. Try again in ${wait > 90 ? `${Math.ceil(wait / 60)} minutes` : `${wait || 60} seconds`}.`;
  if (status === 409) return "The message before is still being answered.";
  if (status === 404) return "This chat is not available any more.";
  return "The message could not be sent. Try again.";
}

async function follow(response: Response, tell: (news: ChatNews) => void): Promise<void> {
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  const parser = createSseParser();
  for (;;) {
    const piece = await reader?.read();
    if (!piece || piece.done) return;
    for (const event of parser.push(piece.value)) {
      const data = parseJson(event.data);
      if (event.event === "run") tell({ kind: "message", message: data as ChatMessage });
      if (event.event === "token") {
        const { step_id, index, text } = data as { step_id: string; index: number; text: string };
        tell({ kind: "text", step: step_id, index, text });
      }
    }
  }
}
