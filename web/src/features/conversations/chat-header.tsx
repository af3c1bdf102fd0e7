import { Link } from "@tanstack/react-router";
import { UsersRound } from "lucide-react";
import type { Agent, Conversation, Team } from "@/api/types";
import { buttonClass } from "@/components/ui/button";
import { AgentSwitch } from "./agent-switch";
import { titleOf } from "./conversation-row";
import { ToList } from "./to-list";

interface Props {
  readonly conversation: Conversation | undefined;
  readonly agent: Agent | undefined;
  readonly team: Team | undefined;
  readonly canWrite: boolean;
  readonly onNewChat: (agentId: string) => void;
}

/** What is talked about, and with whom. A conversation keeps its agent; choosing another begins a new one. */
export function ChatHeader({ conversation, agent, team, canWrite, onNewChat }: Props) {
  return (
    <header className="flex min-h-12 items-center gap-2 border-line border-b bg-surface px-3 py-2 sm:px-5">
      <ToList />
      <h1 className="min-w-0 flex-1 truncate font-semibold text-base">
        {conversation ? titleOf(conversation) : "Conversation"}
      </h1>
      {team && (
        <Link to="/teams/$teamId" params={{ teamId: team.id }} className={buttonClass("ghost")}>
          <UsersRound aria-hidden="true" className="size-3.5" />
          <span className="max-w-48 truncate">{team.name}</span>
        </Link>
      )}
      {agent && <AgentSwitch agent={agent} label={agent.name} canSwitch={canWrite} onChoose={onNewChat} />}
    </header>
  );
}
