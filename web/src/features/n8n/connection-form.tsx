import { type FormEvent, type HTMLInputTypeAttribute, useState } from "react";
import { isApiError } from "@/api/problem";
import type { ConnectN8n, N8nConnection } from "@/api/types";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { ErrorNotice, Notice } from "@/components/ui/notice";
import { useToast } from "@/components/ui/toast";
import { useConnect, useDisconnect, useTestConnection } from "./api";

type Name = "base_url" | "api_key" | "webhook_url" | "callback_url" | "webhook_header" | "webhook_secret";

interface Line {
  readonly name: Name;
  readonly label: string;
  readonly hint: string;
  readonly type: HTMLInputTypeAttribute;
}

const LINES: readonly Line[] = [
  { name: "base_url", label: "URL", hint: "Where n8n is, such as https://n8n.example.com.", type: "url" },
  { name: "api_key", label: "API key", hint: "Create one in n8n under Settings → n8n API.", type: "password" },
  { name: "webhook_url", label: "Webhook URL", hint: "Leave blank if webhooks have the same URL.", type: "url" },
  { name: "callback_url", label: "URL of Retinue for n8n", hint: "Leave blank for the public URL.", type: "url" },
  { name: "webhook_header", label: "Webhook header", hint: "The header that your webhooks demand, if any.", type: "text" },
  {
    name: "webhook_secret",
    label: "Value of the header",
    hint: "Stored encrypted and never shown again.",
    type: "password",
  },
];

type Draft = Readonly<Record<Name, string>>;

function draftOf(connection: N8nConnection | null): Draft {
  return {
    base_url: connection?.base_url ?? "",
    api_key: "",
    webhook_url: connection?.webhook_url ?? "",
    callback_url: connection?.callback_url ?? "",
    webhook_header: connection?.webhook_header ?? "",
    webhook_secret: "",
  };
}

function bodyOf(draft: Draft): ConnectN8n {
  const filled = Object.entries(draft).flatMap(([name, value]) => (value.trim() ? [[name, value.trim()] as const] : []));
  return { base_url: "", ...Object.fromEntries(filled) };
}

export function ConnectionForm({ connection }: { readonly connection: N8nConnection | null }) {
  const toast = useToast();
  const save = useConnect();
  const test = useTestConnection();
  const remove = useDisconnect();
  const [draft, setDraft] = useState<Draft>(() => draftOf(connection));
  const problemOf = (name: Name) => (isApiError(save.error) ? save.error.fieldMessage(name) : undefined);
  const isStored = (name: Name) =>
    (name === "api_key" && (connection?.has_api_key ?? false)) ||
    (name === "webhook_secret" && (connection?.has_webhook_secret ?? false));

  function onSubmit(event: FormEvent): void {
    event.preventDefault();
    test.reset();
    // The promise reports it: the form is replaced by that of the saved connection, with its callbacks.
    void save.mutateAsync(bodyOf(draft)).then(
      () => toast.success("Saved."),
      () => undefined,
    );
  }

  return (
    <form onSubmit={onSubmit} className="flex flex-col gap-4" noValidate>
      <div className="grid gap-4 sm:grid-cols-2">
        {LINES.map(({ name, label, hint, type }) => (
          <Field
            key={name}
            label={label}
            required={name === "base_url" || (name === "api_key" && !isStored(name))}
            hint={isStored(name) ? "Leave blank to keep the stored value." : hint}
            error={problemOf(name)}
          >
            {(control) => (
              <Input
                {...control}
                type={type}
                autoComplete="off"
                placeholder={isStored(name) ? "••••••••" : ""}
                value={draft[name]}
                onChange={(event) => setDraft({ ...draft, [name]: event.target.value })}
              />
            )}
          </Field>
        ))}
      </div>
      {!LINES.some(({ name }) => problemOf(name)) && <ErrorNotice error={save.error ?? test.error ?? remove.error} />}
      {test.data && (
        <Notice tone={test.data.is_ok ? "success" : "danger"}>
          {test.data.message} {test.data.remedy}
        </Notice>
      )}
      <div className="flex flex-wrap gap-2">
        <Button type="submit" variant="primary" busy={save.isPending}>
          Save
        </Button>
        {connection && (
          <>
            <Button busy={test.isPending} onClick={() => test.mutate()}>
              Test connection
            </Button>
            <Button variant="ghost" busy={remove.isPending} onClick={() => remove.mutate()}>
              Disconnect
            </Button>
          </>
        )}
      </div>
    </form>
  );
}
