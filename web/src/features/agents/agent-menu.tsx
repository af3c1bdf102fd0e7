import { useNavigate } from "@tanstack/react-router";
import { CirclePause, CirclePlay, Copy, EllipsisVertical, LayoutTemplate, Trash2 } from "lucide-react";
import { useState } from "react";
import type { Agent } from "@/api/types";
import { IconButton } from "@/components/ui/button";
import { ConfirmDialog } from "@/components/ui/confirm-dialog";
import { Menu, MenuItem, MenuSeparator } from "@/components/ui/menu";
import { ErrorNotice } from "@/components/ui/notice";
import { useToast } from "@/components/ui/toast";
import { afterUnmount } from "@/lib/after-unmount";
import { useAgentAction, useDeleteAgent } from "./api";
import { SaveTemplateDialog } from "./save-template-dialog";

/** What one does to an agent as a whole. */
export function AgentMenu({ agent }: { agent: Agent }) {
  const toast = useToast();
  const navigate = useNavigate();
  const act = useAgentAction();
  const [isDeleting, setIsDeleting] = useState(false);
  const [isTemplating, setIsTemplating] = useState(false);

  function duplicate(): void {
    act.mutate(
      { agentId: agent.id, action: "duplicate" },
      {
        onSuccess: (copy) => void navigate({ to: "/agents/$agentId", params: { agentId: copy.id } }),
        onError: toast.danger,
      },
    );
  }

  return (
    <>
      <Menu trigger={<IconButton size="sm" label={`More for ${agent.name}`} icon={EllipsisVertical} />}>
        {agent.status === "active" ? (
          <MenuItem
            icon={CirclePause}
            onSelect={() => act.mutate({ agentId: agent.id, action: "pause" }, { onError: toast.danger })}
          >
            Pause
          </MenuItem>
        ) : (
          <MenuItem
            icon={CirclePlay}
            onSelect={() => act.mutate({ agentId: agent.id, action: "activate" }, { onError: toast.danger })}
          >
            Activate
          </MenuItem>
        )}
        <MenuItem icon={Copy} onSelect={duplicate}>
          Duplicate
        </MenuItem>
        <MenuItem icon={LayoutTemplate} onSelect={() => setIsTemplating(true)}>
          Save as template…
        </MenuItem>
        <MenuSeparator />
        <MenuItem icon={Trash2} tone="danger" onSelect={() => setIsDeleting(true)}>
          Delete…
        </MenuItem>
      </Menu>
      {isDeleting && <DeleteAgent agent={agent} onClose={() => setIsDeleting(false)} />}
      {isTemplating && <SaveTemplateDialog agent={agent} onClose={() => setIsTemplating(false)} />}
    </>
  );
}

function DeleteAgent({ agent, onClose }: { agent: Agent; onClose: () => void }) {
  const toast = useToast();
  const navigate = useNavigate();
  const remove = useDeleteAgent();
  function onConfirm(): void {
    afterUnmount(remove.mutateAsync(agent.id), () => {
      onClose();
      toast.success(`${agent.name} is deleted.`);
      void navigate({ to: "/agents" });
    });
  }
  return (
    <ConfirmDialog
      open
      onOpenChange={onClose}
      title={`Delete ${agent.name}?`}
      confirmLabel="Delete"
      busy={remove.isPending}
      error={remove.error ? <ErrorNotice error={remove.error} /> : null}
      onConfirm={onConfirm}
    >
      Its versions and variables are deleted too. Records of its runs are kept.
    </ConfirmDialog>
  );
}
