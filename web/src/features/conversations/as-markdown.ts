/** A conversation as a Markdown document, to be sent to someone. */
import type { Message } from "@/api/types";

export function asMarkdown(title: string, agentName: string, messages: readonly Message[]): string {
  const parts = messages.map((message) => {
    const who = message.sender_type === "user" ? "You" : agentName;
    const files = message.attachments.map(({ name }) => `*Attached: ${name}*`);
    const text = message.content || message.partial_content || "";
    return [`## ${who}`, ...files, text].filter((part) => part !== "").join("\n\n");
  });
  return `${[`# ${title}`, ...parts].join("\n\n")}\n`;
}

/** The name of a file for a title. */
export function fileNameOf(title: string): string {
  const name = title
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]+/gu, "-")
    .replaceAll(/^-|-$/g, "")
    .slice(0, 60);
  return `${name || "conversation"}.md`;
}
