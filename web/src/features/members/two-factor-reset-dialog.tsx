import type { Member } from "@/api/types";
import { ConfirmDialog } from "@/components/ui/confirm-dialog";
import { ErrorNotice } from "@/components/ui/notice";
import { useToast } from "@/components/ui/toast";
import { afterUnmount } from "@/lib/after-unmount";
import { useResetTwoFactor } from "./api";

/** Removes the second factor of a member who has lost it. */
export function TwoFactorResetDialog({ member, onClose }: { member: Member; onClose: () => void }) {
  const reset = useResetTwoFactor();
  const toast = useToast();
  const name = member.user.full_name || member.user.email;
  return (
    <ConfirmDialog
      open
      onOpenChange={onClose}
      title={`Reset two-factor authentication of ${name}?`}
      confirmLabel="Reset"
      busy={reset.isPending}
      error={reset.error ? <ErrorNotice error={reset.error} /> : null}
      onConfirm={() =>
        afterUnmount(reset.mutateAsync(member.user.id), () => {
          toast.success(`${name} signs in with the password alone until they set it up again.`);
          onClose();
        })
      }
    >
      The authenticator app and the recovery codes stop working. {name} can set it up again after signing in.
    </ConfirmDialog>
  );
}
