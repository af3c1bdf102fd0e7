import { type FormEvent, useState } from "react";
import { useCan } from "@/api/session";
import type { Organization } from "@/api/types";
import { Button } from "@/components/ui/button";
import { Section } from "@/components/ui/card";
import { Dialog } from "@/components/ui/dialog";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { ErrorNotice } from "@/components/ui/notice";
import { useDeleteOrganization } from "./deletions-api";

interface Props {
  readonly organization: Organization;
  /** The organization is closed: its members, the reader too, are out of it. */
  readonly onDeleted: (organization: Organization) => void;
}

/** Deletes the organization, for owners; its URL slug must be typed. */
export function DeleteOrganization({ organization, onDeleted }: Props) {
  const [isAsking, setIsAsking] = useState(false);
  if (!useCan()("organization:delete")) return null;
  return (
    <Section
      title="Delete organization"
      description="Deletes agents, tools, runs, conversations, files, API keys and the audit log for everyone."
      actions={
        <Button variant="danger-ghost" onClick={() => setIsAsking(true)}>
          Delete organization
        </Button>
      }
    >
      {isAsking && (
        <Confirmation
          organization={organization}
          onClose={() => setIsAsking(false)}
          onDeleted={() => onDeleted(organization)}
        />
      )}
    </Section>
  );
}

interface ConfirmationProps {
  readonly organization: Organization;
  readonly onClose: () => void;
  readonly onDeleted: () => void;
}

function Confirmation({ organization, onClose, onDeleted }: ConfirmationProps) {
  const remove = useDeleteOrganization();
  const [typed, setTyped] = useState("");
  function onSubmit(event: FormEvent): void {
    event.preventDefault();
    remove.mutate(typed, { onSuccess: onDeleted });
  }
  return (
    <Dialog open onOpenChange={onClose} size="sm" title={`Delete ${organization.name}?`}>
      <form onSubmit={onSubmit} className="flex flex-col gap-4">
        <ul className="list-disc space-y-1 pl-4 text-muted text-sm">
          <li>Members and API keys lose access at once, and active runs are cancelled.</li>
          <li>You can cancel the deletion until the grace period ends. Your account page shows how long that is.</li>
          <li>Then everything is deleted and cannot be restored.</li>
        </ul>
        <Field label={`Type ${organization.slug} to confirm`} required>
          {(control) => (
            <Input
              {...control}
              autoComplete="off"
              autoCapitalize="none"
              spellCheck={false}
              value={typed}
              onChange={(event) => setTyped(event.target.value)}
            />
          )}
        </Field>
        <ErrorNotice error={remove.error} />
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" variant="danger" busy={remove.isPending} disabled={typed !== organization.slug}>
            Delete organization
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
