import { useNavigate } from "@tanstack/react-router";
import { Copy, EllipsisVertical, Trash2 } from "lucide-react";
import { useState } from "react";
import type { Team } from "@/api/types";
import { IconButton } from "@/components/ui/button";
import { ConfirmDialog } from "@/components/ui/confirm-dialog";
import { Menu, MenuItem } from "@/components/ui/menu";
import { ErrorNotice } from "@/components/ui/notice";
import { useToast } from "@/components/ui/toast";
import { afterUnmount } from "@/lib/after-unmount";
import { useDeleteTeam, useDuplicateTeam } from "./api";

export function TeamMenu({ team }: { team: Team }) {
  const toast = useToast();
  const navigate = useNavigate();
  const duplicate = useDuplicateTeam();
  const remove = useDeleteTeam();
  const [isDeleting, setIsDeleting] = useState(false);
  function onConfirm(): void {
    afterUnmount(remove.mutateAsync(team.id), () => {
      setIsDeleting(false);
      toast.success(`${team.name} is deleted.`);
      void navigate({ to: "/teams" });
    });
  }
  return (
    <>
      <Menu trigger={<IconButton label={`More for ${team.name}`} icon={EllipsisVertical} />}>
        <MenuItem
          icon={Copy}
          onSelect={() =>
            duplicate.mutate(team.id, {
              onSuccess: (copy) => void navigate({ to: "/teams/$teamId", params: { teamId: copy.id } }),
              onError: toast.danger,
            })
          }
        >
          Duplicate
        </MenuItem>
        <MenuItem icon={Trash2} tone="danger" onSelect={() => setIsDeleting(true)}>
          Delete…
        </MenuItem>
      </Menu>
      {isDeleting && (
        <ConfirmDialog
          open
          onOpenChange={setIsDeleting}
          title={`Delete ${team.name}?`}
          confirmLabel="Delete team"
          tone="danger"
          busy={remove.isPending}
          error={<ErrorNotice error={remove.error} />}
          onConfirm={onConfirm}
        >
          Its members and its runs stay.
        </ConfirmDialog>
      )}
    </>
  );
}
