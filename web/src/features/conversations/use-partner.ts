import { useQuery } from "@tanstack/react-query";
import { agents, chatTeam, chatWorkflow, isChattable } from "./api";
import { type Partner, type PartnerSearch, partnerOfAgent } from "./partner";

/** The team or the workflow that is named; undefined for an agent, and until it is loaded. */
export function useOtherPartner({ team: teamId, workflow: workflowId }: PartnerSearch): Partner | undefined {
  const team = useQuery(chatTeam(teamId)).data;
  const workflow = useQuery(chatWorkflow(workflowId)).data;
  const found = team ?? workflow;
  return found && { kind: team ? "team" : "workflow", id: found.id, name: found.name, description: found.description };
}

interface NewPartner {
  readonly partner: Partner | undefined;
  /** There is no agent to chat with yet. */
  readonly hasNobody: boolean;
  readonly error: Error | null;
  readonly retry: () => void;
}

/** Whom a new conversation would be with. */
export function useNewPartner(search: PartnerSearch): NewPartner {
  const list = useQuery(agents());
  const other = useOtherPartner(search);
  const retry = () => void list.refetch();
  if (search.team || search.workflow) return { partner: other, hasNobody: false, error: null, retry };
  const chattable = list.data?.filter(isChattable);
  const agent =
    chattable?.find((one) => one.id === search.agent) ?? chattable?.find((one) => one.status === "active") ?? chattable?.[0];
  return { partner: agent && partnerOfAgent(agent), hasNobody: list.isSuccess && !agent, error: list.error, retry };
}
