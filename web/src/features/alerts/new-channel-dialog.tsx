import { type FormEvent, useState } from "react";
import { isApiError } from "@/api/problem";
import type { AlertChannel } from "@/api/types";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { ErrorNotice } from "@/components/ui/notice";
import { SecretOnce } from "@/components/ui/secret-once";
import { Select } from "@/components/ui/select";
import { useCreateChannel } from "./api";

type Kind = AlertChannel["kind"];

export function NewChannelDialog({ onClose }: { onClose: () => void }) {
  const create = useCreateChannel();
  const secret = create.data?.secret;
  const [kind, setKind] = useState<Kind>("email");
  const [name, setName] = useState("");
  const [url, setUrl] = useState("");
  const problemOf = (field: string) => (isApiError(create.error) ? create.error.fieldMessage(field) : undefined);

  function onSubmit(event: FormEvent): void {
    event.preventDefault();
    const body = { kind, name, ...(kind === "email" ? {} : { url }) };
    create.mutate(body, { onSuccess: (made) => made.secret === null && onClose() });
  }

  if (secret) {
    return (
      <Dialog open onOpenChange={onClose} size="sm" title="Channel created">
        <div className="flex flex-col gap-4">
          <SecretOnce what="signing secret" text={secret} hint="Verify messages with it, as Standard Webhooks describes." />
          <div className="flex justify-end">
            <Button variant="primary" onClick={onClose}>
              Done
            </Button>
          </div>
        </div>
      </Dialog>
    );
  }
  return (
    <Dialog open onOpenChange={onClose} size="sm" title="New channel">
      <form onSubmit={onSubmit} className="flex flex-col gap-4" noValidate>
        <Field label="Kind">
          {(control) => (
            <Select {...control} className="w-full" value={kind} onChange={(event) => setKind(event.target.value as Kind)}>
              <option value="email">E-mail</option>
              <option value="slack">Slack (incoming webhook)</option>
              <option value="webhook">Signed webhook</option>
            </Select>
          )}
        </Field>
        <Field
          label={kind === "email" ? "Address" : "Name"}
          required
          hint={
            kind === "slack" ? "As rules name it: #alerts." : kind === "email" ? "A code is sent to it first." : undefined
          }
          error={problemOf("name")}
        >
          {(control) => (
            <Input {...control} value={name} maxLength={320} onChange={(event) => setName(event.target.value)} />
          )}
        </Field>
        {kind !== "email" && (
          <Field label="URL" required error={problemOf("url")}>
            {(control) => (
              <Input {...control} type="url" inputMode="url" value={url} onChange={(event) => setUrl(event.target.value)} />
            )}
          </Field>
        )}
        {!["name", "url"].some(problemOf) && <ErrorNotice error={create.error} />}
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" variant="primary" busy={create.isPending} disabled={name.trim() === ""}>
            Create channel
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
