/** With whom a conversation is: an agent, a team or a workflow. */
import type { Agent, Conversation } from "@/api/types";

export interface Partner {
  readonly kind: "agent" | "team" | "workflow";
  readonly id: string;
  readonly name: string;
  readonly description: string;
  /** The agent itself, for its example questions. */
  readonly agent?: Agent;
}

/** Whom the address of a new conversation names; nobody: the first agent that can be talked with. */
export interface PartnerSearch {
  agent?: string;
  team?: string;
  workflow?: string;
}

export function searchOf({ kind, id }: Partner): PartnerSearch {
  return { [kind]: id };
}

export function partnerOfAgent(agent: Agent): Partner {
  return { kind: "agent", id: agent.id, name: agent.name, description: agent.description, agent };
}

/** The ids of a conversation as the address of a new one would name them. */
export function searchOfConversation(about: Conversation | undefined): PartnerSearch {
  if (about?.team_id) return { team: about.team_id };
  if (about?.workflow_id) return { workflow: about.workflow_id };
  return about?.agent_id ? { agent: about.agent_id } : {};
}

/** The body that begins a conversation. */
export function bodyOf({ kind, id }: Partner): { agent_id: string } | { team_id: string } | { workflow_id: string } {
  if (kind === "team") return { team_id: id };
  return kind === "workflow" ? { workflow_id: id } : { agent_id: id };
}
