/** Questions to begin with, from what an agent is able to do. */
import type { Agent } from "@/api/types";

const BY_TOOL: Readonly<Record<string, string>> = {
  calculator: "What is 18 % of 2,340, and what remains?",
  current_time: "What time is it now in Tokyo, and in New York?",
  http_fetch: "Read https://example.com and tell me in two sentences what it says.",
  write_artifact: "Write a checklist for a product launch and save it as a file.",
  artifact_writer: "Write a checklist for a product launch and save it as a file.",
};

const FIRST = "What can you do for me?";
const MOST = 4;

export function examplePrompts(agent: Pick<Agent, "config"> | undefined): string[] {
  const tools = agent?.config.tools.map((tool) => tool.name) ?? [];
  const fitting = tools.flatMap((name) => BY_TOOL[name] ?? []);
  return [...new Set([FIRST, ...fitting])].slice(0, MOST);
}
