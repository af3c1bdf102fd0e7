/** A team as it is being edited. */
import type { ServingConfig, Team, TeamChange, TeamConfig } from "@/api/types";

export interface DraftMember {
  key: string;
  agent_id: string | null;
  team_id: string | null;
  name: string;
  icon: string;
  status: string | null;
  role: string;
  config: {
    timeout_seconds?: number | null;
    max_steps?: number | null;
    max_cost_usd?: number | null;
    retries?: number;
  };
}

export interface TeamDraft {
  name: string;
  description: string;
  type: Team["type"];
  instructions: string;
  config: TeamConfig;
  members: DraftMember[];
  deployment_config: ServingConfig;
}

export function draftOf(team: Team): TeamDraft {
  return {
    name: team.name,
    description: team.description,
    type: team.type,
    instructions: team.instructions,
    config: team.config,
    deployment_config: team.deployment_config,
    members: team.members.map((each) => ({
      key: each.agent_id ?? each.team_id ?? String(each.position),
      agent_id: each.agent_id,
      team_id: each.team_id,
      name: each.name,
      icon: each.icon,
      status: each.status,
      role: each.role,
      config: each.config,
    })),
  };
}

/** A copy of a list with one of its items in another place. */
export function moved<T>(items: readonly T[], from: number, to: number): T[] {
  const next = [...items];
  const [item] = next.splice(from, 1);
  if (item !== undefined) next.splice(to, 0, item);
  return next;
}

/** What a save sends: everything that is edited, and the version it was edited from. */
export function changeOf(draft: TeamDraft, version: number): TeamChange {
  return {
    version,
    name: draft.name,
    description: draft.description,
    type: draft.type,
    instructions: draft.instructions,
    config: draft.config,
    deployment_config: draft.deployment_config,
    members: draft.members.map(({ agent_id, team_id, role, config }) => ({ agent_id, team_id, role, config })),
  };
}
