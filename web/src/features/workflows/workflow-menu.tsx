import { useNavigate } from "@tanstack/react-router";
import { Copy, EllipsisVertical, GitCompare, Trash2, Waypoints, Webhook } from "lucide-react";
import { useState } from "react";
import type { Workflow } from "@/api/types";
import { IconButton } from "@/components/ui/button";
import { ConfirmDialog } from "@/components/ui/confirm-dialog";
import { Menu, MenuItem } from "@/components/ui/menu";
import { ErrorNotice } from "@/components/ui/notice";
import { useToast } from "@/components/ui/toast";
import { afterUnmount } from "@/lib/after-unmount";
import { useDeleteWorkflow, useDuplicateWorkflow } from "./api";
import { DiffDialog } from "./debugging/diff-dialog";
import { LinkDialog } from "./n8n/link-dialog";
import { WebhookDialog } from "./webhook-dialog";

export function WorkflowMenu({ workflow }: { readonly workflow: Workflow }) {
  const toast = useToast();
  const navigate = useNavigate();
  const duplicate = useDuplicateWorkflow();
  const remove = useDeleteWorkflow();
  const [isDeleting, setIsDeleting] = useState(false);
  const [isCalling, setIsCalling] = useState(false);
  const [isComparing, setIsComparing] = useState(false);
  const [isLinking, setIsLinking] = useState(false);
  function onConfirm(): void {
    afterUnmount(remove.mutateAsync(workflow.id), () => {
      setIsDeleting(false);
      toast.success(`${workflow.name} is deleted.`);
      void navigate({ to: "/workflows" });
    });
  }
  return (
    <>
      <Menu trigger={<IconButton label={`More for ${workflow.name}`} icon={EllipsisVertical} />}>
        <MenuItem
          icon={Copy}
          onSelect={() =>
            duplicate.mutate(workflow.id, {
              onSuccess: (copy) => void navigate({ to: "/workflows/$workflowId", params: { workflowId: copy.id } }),
              onError: toast.danger,
            })
          }
        >
          Duplicate
        </MenuItem>
        <MenuItem icon={Webhook} onSelect={() => setIsCalling(true)}>
          Webhook…
        </MenuItem>
        <MenuItem icon={GitCompare} onSelect={() => setIsComparing(true)}>
          Compare versions…
        </MenuItem>
        {workflow.n8n_workflow_id === null && (
          <MenuItem icon={Waypoints} onSelect={() => setIsLinking(true)}>
            Link to n8n…
          </MenuItem>
        )}
        <MenuItem icon={Trash2} tone="danger" onSelect={() => setIsDeleting(true)}>
          Delete…
        </MenuItem>
      </Menu>
      {isCalling && <WebhookDialog workflow={workflow} onClose={() => setIsCalling(false)} />}
      {isComparing && <DiffDialog workflow={workflow} onClose={() => setIsComparing(false)} />}
      {isLinking && <LinkDialog workflow={workflow} onClose={() => setIsLinking(false)} />}
      {isDeleting && (
        <ConfirmDialog
          open
          onOpenChange={setIsDeleting}
          title={`Delete ${workflow.name}?`}
          confirmLabel="Delete workflow"
          tone="danger"
          busy={remove.isPending}
          error={<ErrorNotice error={remove.error} />}
          onConfirm={onConfirm}
        >
          Its runs stay; its versions and counters are deleted.
        </ConfirmDialog>
      )}
    </>
  );
}
