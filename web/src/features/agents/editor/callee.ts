/** An agent or a team that an agent calls as a tool. Pure. */
import type { AgentCallee } from "@/api/types";

const NAME_CHARACTERS = 64;

/** A tool's name made of an agent's name, which no other tool of the agent has. */
export function calleeName(name: string, taken: ReadonlySet<string>): string {
  const plain = name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "_")
    .replace(/^_+|_+$/g, "");
  const base = `ask_${plain || "agent"}`.slice(0, NAME_CHARACTERS - 4);
  let unique = base;
  for (let number = 2; taken.has(unique); number += 1) unique = `${base}_${number}`;
  return unique;
}

export function newCallee(target: { agentId: string } | { teamId: string }, name: string): AgentCallee {
  const limits = { timeout_seconds: null, max_steps: null, max_cost_usd: null, retries: 0 };
  const ids = "agentId" in target ? { agent_id: target.agentId, team_id: null } : { agent_id: null, team_id: target.teamId };
  return { ...ids, name, description: "", requires_approval: false, approval: null, limits };
}
