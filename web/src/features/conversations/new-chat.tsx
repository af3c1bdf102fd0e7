import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Bot } from "lucide-react";
import { useRef } from "react";
import type { Agent, Conversation } from "@/api/types";
import { DemonstrationNotice } from "@/components/demonstration-notice";
import { buttonClass } from "@/components/ui/button";
import { EmptyState } from "@/components/ui/empty-state";
import { ErrorState } from "@/components/ui/error-state";
import { ErrorNotice } from "@/components/ui/notice";
import { AgentSwitch } from "./agent-switch";
import { agents, chatTeam, isChattable, type Outgoing, useCreateConversation, useSend } from "./api";
import { Composer, type ComposerHandle } from "./composer";
import { ExamplePrompts } from "./example-prompts-list";
import { ToList } from "./to-list";

interface Props {
  readonly agentId: string | undefined;
  /** Talk with a team instead. */
  readonly teamId: string | undefined;
  readonly canWrite: boolean;
  readonly onAgent: (agentId: string) => void;
  readonly onOpen: (conversationId: string) => void;
}

/** A conversation that begins with its first message: until then nothing is stored. */
export function NewChat({ agentId, teamId, canWrite, onAgent, onOpen }: Props) {
  const list = useQuery(agents());
  const team = useQuery(chatTeam(teamId)).data;
  const create = useCreateConversation();
  const send = useSend();
  const composer = useRef<ComposerHandle>(null);
  /** A conversation whose first message did not get through: the next try is made in it. */
  const begun = useRef<Conversation | null>(null);
  const chattable = list.data?.filter(isChattable);
  const agent =
    chattable?.find((one) => one.id === agentId) ?? chattable?.find((one) => one.status === "active") ?? chattable?.[0];

  const partner = onlyAgent(agent, teamId);
  const begin = async ({ content, attachmentIds }: Outgoing) => {
    const isBegun = team ? begun.current?.team_id === team.id : agent && begun.current?.agent_id === agent.id;
    if (!isBegun) {
      if (team) begun.current = await create.mutateAsync({ team_id: team.id });
      else if (agent) begun.current = await create.mutateAsync({ agent_id: agent.id });
    }
    if (!begun.current) return;
    const { id } = begun.current;
    await send.mutateAsync({ conversationId: id, content, attachmentIds });
    begun.current = null;
    onOpen(id);
  };
  if (list.isError) return <ErrorState error={list.error} onRetry={() => void list.refetch()} />;
  if (list.isSuccess && !agent && !teamId) {
    return <NoAgents />;
  }
  return (
    <div className="flex h-full min-h-0 flex-col">
      <header className="flex min-h-12 items-center gap-2 border-line border-b bg-surface px-3 py-2 sm:px-5">
        <ToList />
        <h1 className="min-w-0 flex-1 truncate font-semibold text-base">New chat</h1>
        {team && <span className="text-muted text-sm">Team: {team.name}</span>}
        {agent && !teamId && <AgentSwitch agent={agent} label={agent.name} canSwitch onChoose={onAgent} />}
      </header>
      <div className="min-h-0 flex-1 overflow-auto px-4 pb-6">
        {agent && !teamId && <ExamplePrompts agent={agent} onChoose={(text) => composer.current?.fill(text)} />}
      </div>
      <div className="mx-auto w-full max-w-[760px] px-3 pb-3 sm:px-6 sm:pb-5">
        <DemonstrationNotice agent={partner} className="mb-2" />
        {(create.error ?? send.error) && (
          <div className="mb-2">
            <ErrorNotice error={create.error ?? send.error} />
          </div>
        )}
        <Composer
          draftKey="new"
          agentName={(teamId ? team?.name : agent?.name) ?? "the agent"}
          isAnswering={false}
          isSending={create.isPending || send.isPending}
          canWrite={canWrite && (teamId ? team : agent) !== undefined}
          lastSent={undefined}
          handle={composer}
          onSend={begin}
          onStop={undefined}
        />
      </div>
    </div>
  );
}

function NoAgents() {
  return (
    <EmptyState
      icon={Bot}
      title="No agents yet"
      action={
        <Link to="/agents/new" className={buttonClass("primary")}>
          Create agent
        </Link>
      }
    >
      Create an agent; then you can chat with it here.
    </EmptyState>
  );
}

/** The agent, unless a team is talked with. */
function onlyAgent(agent: Agent | undefined, teamId: string | undefined): Agent | undefined {
  return teamId ? undefined : agent;
}
