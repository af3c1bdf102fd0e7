import { Link } from "@tanstack/react-router";
import { CirclePlay, MessageSquare, Play, TriangleAlert, Wrench } from "lucide-react";
import type { Agent } from "@/api/types";
import { AgentIcon } from "@/components/agent-icon";
import { Badge } from "@/components/ui/badge";
import { Button, buttonClass } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Skeleton } from "@/components/ui/skeleton";
import { StatusBadge } from "@/components/ui/status-badge";
import { RelativeTime } from "@/components/ui/time";
import { useToast } from "@/components/ui/toast";
import { plural } from "@/lib/format";
import { AgentMenu } from "../agent-menu";
import { useAgentAction } from "../api";
import { categoryLabel } from "../categories";

interface Props {
  agent: Agent;
  canRun: boolean;
  canWrite: boolean;
  onRun: (agentId: string) => void;
}

export function AgentCard({ agent, canRun, canWrite, onRun }: Props) {
  return (
    <Card className="group/card relative flex h-full flex-col transition-colors focus-within:border-accent hover:border-line-strong">
      <div className="flex items-start gap-3 p-4 pb-2">
        <AgentIcon icon={agent.icon} seed={agent.id} />
        <div className="min-w-0 flex-1">
          <h2 className="truncate font-semibold text-base text-fg">
            <Link
              to="/agents/$agentId"
              params={{ agentId: agent.id }}
              className="after:absolute after:inset-0 after:rounded-xl"
            >
              {agent.name}
            </Link>
          </h2>
          <p className="truncate text-faint text-xs">
            {categoryLabel(agent.category)} · {agent.runtime === "external" ? "external" : agent.agent_type}
          </p>
        </div>
        {canWrite && (
          <div className="relative -mt-1 -mr-1.5">
            <AgentMenu agent={agent} />
          </div>
        )}
      </div>
      <p className="line-clamp-2 min-h-10 px-4 text-muted text-sm">{agent.description || "No description."}</p>
      <div className="flex flex-wrap items-center gap-1.5 px-4 pt-3">
        <StatusBadge status={agent.status} />
        {agent.runtime === "external" && <StatusBadge status={agent.presence} />}
        {agent.config.tools.length > 0 && <Badge icon={Wrench}>{plural(agent.config.tools.length, "tool")}</Badge>}
        {agent.warnings.length > 0 && (
          <Badge tone="warning" icon={TriangleAlert} title={agent.warnings.join("\n")}>
            {plural(agent.warnings.length, "warning")}
          </Badge>
        )}
      </div>
      <div className="mt-auto flex items-center gap-2 p-4 pt-3">
        <span className="min-w-0 flex-1 truncate text-faint text-xs">
          {agent.last_activity ? (
            <>
              active <RelativeTime at={agent.last_activity} />
            </>
          ) : (
            "not run yet"
          )}
        </span>
        {agent.status === "inactive" && canWrite && <ActivateButton agent={agent} />}
        {canRun && agent.status !== "inactive" && (
          <Link
            to="/chat"
            search={{ agent: agent.id }}
            className={buttonClass("ghost", "sm", "relative")}
            aria-label={`Chat with ${agent.name}`}
          >
            <MessageSquare aria-hidden className="size-3.5" /> Chat
          </Link>
        )}
        {canRun && agent.status !== "inactive" && (
          <Button
            size="sm"
            icon={Play}
            className="relative"
            aria-label={`Run ${agent.name}`}
            onClick={() => onRun(agent.id)}
          >
            Run
          </Button>
        )}
      </div>
    </Card>
  );
}

function ActivateButton({ agent }: { agent: Agent }) {
  const toast = useToast();
  const act = useAgentAction();
  return (
    <Button
      size="sm"
      icon={CirclePlay}
      className="relative"
      aria-label={`Activate ${agent.name}`}
      busy={act.isPending}
      onClick={() => act.mutate({ agentId: agent.id, action: "activate" }, { onError: toast.danger })}
    >
      Activate
    </Button>
  );
}

export function AgentCardSkeleton() {
  return (
    <Card className="flex flex-col gap-3 p-4">
      <div className="flex items-center gap-3">
        <Skeleton className="size-9 rounded-lg" />
        <div className="flex flex-1 flex-col gap-1.5">
          <Skeleton className="h-3.5 w-2/3" />
          <Skeleton className="h-3 w-1/3" />
        </div>
      </div>
      <Skeleton className="h-3 w-full" />
      <Skeleton className="h-3 w-4/5" />
      <Skeleton className="mt-2 h-5 w-16 rounded-full" />
    </Card>
  );
}
