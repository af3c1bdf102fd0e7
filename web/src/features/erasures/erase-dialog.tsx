import { type FormEvent, useState } from "react";
import { useCan, useSession } from "@/api/session";
import type { Erasure } from "@/api/types";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { ErrorNotice } from "@/components/ui/notice";
import { Select } from "@/components/ui/select";
import { useRequestErasure } from "./api";

type Kind = Erasure["kind"];

const ASKED: Record<Kind, { id: string; name: string; goes: string }> = {
  agent: {
    id: "ID of the agent",
    name: "Type the agent's name to confirm",
    goes: "Its runs with their files, conversations, versions, variables, schedules and metrics are deleted.",
  },
  organization: {
    id: "ID of the organization",
    name: "Type the organization's URL slug to confirm",
    goes: "Members lose access at once, and everything in the organization is deleted.",
  },
  person: {
    id: "ID of the person",
    name: "Type the person's email address to confirm",
    goes: "The account, its conversations and files, and the runs that the person started by hand are deleted.",
  },
};

interface Props {
  readonly onClose: () => void;
  /** What is erased, where it is known. */
  readonly target?: { kind: Kind; id: string };
}

/** Asks what to erase, and for its name. */
export function EraseDialog({ onClose, target }: Props) {
  const can = useCan();
  const { user, organization_id } = useSession();
  const request = useRequestErasure();
  const [kind, setKind] = useState<Kind>(target?.kind ?? (can("organization:write") ? "agent" : "person"));
  const [id, setId] = useState(target?.id ?? "");
  const [confirm, setConfirm] = useState("");
  const targetId = kind === "organization" ? (organization_id ?? "") : id.trim();

  function onSubmit(event: FormEvent): void {
    event.preventDefault();
    request.mutate({ kind, target_id: targetId, confirm }, { onSuccess: onClose });
  }

  return (
    <Dialog open onOpenChange={onClose} size="sm" title="Erase completely?">
      <form onSubmit={onSubmit} className="flex flex-col gap-4">
        {!target && (
          <Field label="Kind">
            {(control) => (
              <Select {...control} value={kind} onChange={(event) => setKind(event.target.value as Kind)}>
                {can("organization:write") && <option value="agent">Agent</option>}
                {can("organization:delete") && <option value="organization">This organization</option>}
                {user.is_superuser && <option value="person">Person</option>}
              </Select>
            )}
          </Field>
        )}
        <p className="text-muted text-sm">{ASKED[kind].goes} This cannot be cancelled or undone.</p>
        {!target && kind !== "organization" && (
          <Field label={ASKED[kind].id} required>
            {(control) => <Input {...control} value={id} onChange={(event) => setId(event.target.value)} />}
          </Field>
        )}
        <Field label={ASKED[kind].name} required>
          {(control) => (
            <Input
              {...control}
              autoComplete="off"
              autoCapitalize="none"
              spellCheck={false}
              value={confirm}
              onChange={(event) => setConfirm(event.target.value)}
            />
          )}
        </Field>
        <ErrorNotice error={request.error} />
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" variant="danger" busy={request.isPending} disabled={!targetId || !confirm}>
            Erase
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
