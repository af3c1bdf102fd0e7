import { type FormEvent, useState } from "react";
import { isApiError } from "@/api/problem";
import type { Role } from "@/api/types";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { ErrorNotice } from "@/components/ui/notice";
import { SecretOnce } from "@/components/ui/secret-once";
import { Select } from "@/components/ui/select";
import { ROLES } from "@/lib/roles";
import { useInvite } from "./api";

interface Props {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  /** Only owners make owners. */
  isOwner: boolean;
}

export function InviteDialog({ open, onOpenChange, isOwner }: Props) {
  const invite = useInvite();
  function close(): void {
    onOpenChange(false);
    invite.reset();
  }
  const link = invite.data?.accept_url;
  return (
    <Dialog open={open} onOpenChange={close} size="sm" title={link ? "Invitation created" : "Invite a member"}>
      {link ? (
        <div className="flex flex-col gap-4">
          <SecretOnce
            what="link"
            text={link}
            hint={invite.data?.emailed ? `It was sent to ${invite.data.email}.` : `Send it to ${invite.data?.email}.`}
          />
          <div className="flex justify-end">
            <Button variant="primary" onClick={close}>
              Done
            </Button>
          </div>
        </div>
      ) : (
        <InviteForm invite={invite} isOwner={isOwner} onCancel={close} />
      )}
    </Dialog>
  );
}

interface FormProps {
  invite: ReturnType<typeof useInvite>;
  isOwner: boolean;
  onCancel: () => void;
}

function InviteForm({ invite, isOwner, onCancel }: FormProps) {
  const [email, setEmail] = useState("");
  const [role, setRole] = useState<Role>("agent_manager");
  const emailError = isApiError(invite.error) ? invite.error.fieldMessage("email") : undefined;
  function onSubmit(event: FormEvent): void {
    event.preventDefault();
    invite.mutate({ email, role });
  }
  return (
    <form onSubmit={onSubmit} className="flex flex-col gap-4">
      <Field label="E-mail address" required error={emailError}>
        {(control) => (
          <Input
            {...control}
            type="email"
            autoComplete="off"
            value={email}
            onChange={(event) => setEmail(event.target.value)}
          />
        )}
      </Field>
      <Field label="Role" hint={ROLES.find((each) => each.value === role)?.hint}>
        {(control) => (
          <Select {...control} value={role} onChange={(event) => setRole(event.target.value as Role)}>
            {ROLES.filter((each) => isOwner || each.value !== "owner").map((each) => (
              <option key={each.value} value={each.value}>
                {each.label}
              </option>
            ))}
          </Select>
        )}
      </Field>
      {!emailError && <ErrorNotice error={invite.error} />}
      <div className="flex justify-end gap-2">
        <Button onClick={onCancel}>Cancel</Button>
        <Button type="submit" variant="primary" busy={invite.isPending} disabled={!email}>
          Create invitation
        </Button>
      </div>
    </form>
  );
}
