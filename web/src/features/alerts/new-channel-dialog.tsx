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
  const [quiet, setQuiet] = useState({ start: "", end: "" });
  const problemOf = (field: string) => (isApiError(create.error) ? create.error.fieldMessage(field) : undefined);

  function onSubmit(event: FormEvent): void {
    event.preventDefault();
    const hours = { ...quiet, timezone: Intl.DateTimeFormat().resolvedOptions().timeZone };
    const isQuiet = quiet.start !== "" && quiet.end !== "";
    const body = { kind, name, ...(kind === "email" ? {} : { url }), ...(isQuiet ? { quiet_hours: hours } : {}) };
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
        <fieldset className="grid grid-cols-2 gap-4">
          <legend className="mb-1 text-muted text-xs">During quiet hours, only critical alerts are sent.</legend>
          {(["start", "end"] as const).map((key) => (
            <Field key={key} label={key === "start" ? "Quiet from" : "Quiet to"} error={problemOf(`quiet_hours.${key}`)}>
              {(control) => (
                <Input
                  {...control}
                  type="time"
                  value={quiet[key]}
                  onChange={(event) => setQuiet({ ...quiet, [key]: event.target.value })}
                />
              )}
            </Field>
          ))}
        </fieldset>
        {!["name", "url", "quiet_hours.start", "quiet_hours.end"].some(problemOf) && <ErrorNotice error={create.error} />}
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
