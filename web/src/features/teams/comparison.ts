/** What is compared of a team: its mode and its roster, in several variants. */
import type { Team, TeamConfig, TeamType } from "@/api/types";
import { type DraftMember, draftOf, type TeamDraft } from "./team-draft";

export interface Variant {
  readonly id: number;
  readonly type: TeamType;
  /** The keys of the members that take part. */
  readonly members: readonly string[];
}

export const MOST_VARIANTS = 4;

/** The team as it is saved, and the modes that fit as many members, two at first. */
export function firstVariants(team: Team): Variant[] {
  const members = draftOf(team).members.map((member) => member.key);
  const other: TeamType = team.type === "coordinate" ? "collaborate" : "coordinate";
  return [team.type, other].map((type, id) => ({ id, type, members }));
}

/** What a run of a variant replaces of the saved team. */
export function teamDraftOf(team: Team, variant: Variant) {
  const draft = draftOf(team);
  const members = draft.members.filter((member) => variant.members.includes(member.key));
  return requestOf({ ...draft, type: variant.type, members });
}

/** A draft as a run takes it. */
export function requestOf({ type, instructions, config, members }: TeamDraft) {
  return { type, instructions, config: fitting(config, type, members), members: members.map(memberOf) };
}

function memberOf({ agent_id, team_id, role, config }: DraftMember) {
  return { agent_id, team_id, role, config };
}

/** The configuration without what the mode or the number of members does not allow. */
function fitting(config: TeamConfig, type: TeamType, members: readonly DraftMember[]): TeamConfig {
  const writes = (type === "route" || type === "collaborate") && config.leader_writes_task === true;
  const policy = config.partial_results;
  const quorum = policy?.quorum == null ? policy : { ...policy, quorum: Math.min(policy.quorum, members.length) };
  return { ...config, leader_writes_task: writes, ...(quorum ? { partial_results: quorum } : {}) };
}
