import type { Member } from "@/api/types";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { ErrorNotice } from "@/components/ui/notice";
import { SecretOnce } from "@/components/ui/secret-once";
import { useCreatePasswordReset } from "./api";

/** Creates a link by which a member sets a new password, and shows it once. */
export function PasswordResetDialog({ member, onClose }: { member: Member; onClose: () => void }) {
  const create = useCreatePasswordReset();
  const name = member.user.full_name || member.user.email;
  return (
    <Dialog open onOpenChange={onClose} size="sm" title={`Reset the password of ${name}`}>
      <div className="flex flex-col gap-4">
        {create.data ? (
          <SecretOnce
            what="link"
            text={create.data.url}
            hint={`Send it to ${create.data.email}. It works once, for 24 hours.`}
          />
        ) : (
          <p className="text-muted text-sm">
            The link lets {name} set a new password, and signs them out on all devices. It replaces an earlier link.
          </p>
        )}
        <ErrorNotice error={create.error} />
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>{create.data ? "Done" : "Cancel"}</Button>
          {!create.data && (
            <Button variant="primary" busy={create.isPending} onClick={() => create.mutate(member.user.id)}>
              Create password reset link
            </Button>
          )}
        </div>
      </div>
    </Dialog>
  );
}
