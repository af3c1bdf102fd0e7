import { CirclePlay, History, MessageSquare, Rocket, Save } from "lucide-react";
import type { ReactNode } from "react";
import type { Agent } from "@/api/types";
import { AgentIcon } from "@/components/agent-icon";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { StatusBadge } from "@/components/ui/status-badge";
import { useToast } from "@/components/ui/toast";
import { AgentMenu } from "../agent-menu";
import { useAgentAction } from "../api";
import type { Draft } from "./use-draft";

interface Props {
  agent: Agent;
  draft: Draft;
  isReadOnly: boolean;
  isSaving: boolean;
  onSave: () => void;
  onReview: () => void;
  onVersions: () => void;
  onDeployments: () => void;
  renderChatLink: (children: ReactNode) => ReactNode;
}

export function EditorHeader({
  agent,
  draft,
  isReadOnly,
  isSaving,
  onSave,
  onReview,
  onVersions,
  onDeployments,
  renderChatLink,
}: Props) {
  const toast = useToast();
  const act = useAgentAction();
  return (
    <header className="flex shrink-0 flex-wrap items-center gap-x-3 gap-y-2 border-line border-b bg-surface px-4 py-2.5 sm:px-6">
      <AgentIcon icon={draft.definition.icon} seed={agent.id} />
      <div className="min-w-0 flex-1 basis-48">
        <h1 className="truncate font-semibold text-fg text-lg leading-6">{draft.definition.name || "No name"}</h1>
        <p className="flex flex-wrap items-center gap-1.5">
          <StatusBadge status={agent.status} />
          {agent.runtime === "external" && <StatusBadge status={agent.presence} />}
          <span className="text-faint text-xs">version {agent.version}</span>
          {draft.isChanged && <Badge tone="warning">unsaved changes</Badge>}
        </p>
      </div>
      <div className="flex flex-wrap items-center gap-2 max-sm:w-full max-sm:gap-1">
        {agent.status !== "inactive" &&
          renderChatLink(
            <>
              <MessageSquare aria-hidden className="size-3.5" /> Chat
            </>,
          )}
        <Button variant="ghost" icon={History} onClick={onVersions}>
          Versions
        </Button>
        <Button variant="ghost" icon={Rocket} onClick={onDeployments}>
          Deployments
        </Button>
        {!isReadOnly && agent.status !== "active" && (
          <Button
            icon={CirclePlay}
            busy={act.isPending}
            onClick={() => act.mutate({ agentId: agent.id, action: "activate" }, { onError: toast.danger })}
          >
            Activate
          </Button>
        )}
        {!isReadOnly && (
          <>
            {draft.isChanged && (
              <>
                <Button variant="ghost" onClick={() => draft.reset()}>
                  Discard
                </Button>
                <Button onClick={onReview}>Review</Button>
              </>
            )}
            <Button variant="primary" icon={Save} busy={isSaving} disabled={!draft.isChanged} onClick={onSave}>
              Save
            </Button>
            <AgentMenu agent={agent} />
          </>
        )}
      </div>
    </header>
  );
}
