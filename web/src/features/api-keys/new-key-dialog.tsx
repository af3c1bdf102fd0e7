import { type FormEvent, useState } from "react";
import { isApiError } from "@/api/problem";
import { useSession } from "@/api/session";
import { Button } from "@/components/ui/button";
import { Checkbox } from "@/components/ui/checkbox";
import { CodeBlock } from "@/components/ui/code-block";
import { Dialog } from "@/components/ui/dialog";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { ErrorNotice } from "@/components/ui/notice";
import { Pill } from "@/components/ui/pill";
import { SecretOnce } from "@/components/ui/secret-once";
import { Select } from "@/components/ui/select";
import { useCreateKey } from "./api";
import { curlOf, isSame, presetsOf } from "./presets";

const DAY_MS = 86_400_000;
const LASTS = [
  { days: 30, label: "30 days" },
  { days: 90, label: "90 days" },
  { days: 365, label: "1 year" },
  { days: 0, label: "Never" },
];

export function NewKeyDialog({ open, onOpenChange }: { open: boolean; onOpenChange: (open: boolean) => void }) {
  const create = useCreateKey();
  function close(): void {
    onOpenChange(false);
    create.reset();
  }
  const key = create.data?.key;
  return (
    <Dialog open={open} onOpenChange={close} title={key ? "API key created" : "New API key"}>
      {key ? (
        <div className="flex flex-col gap-4">
          <SecretOnce what="key" text={key} hint="Only its hash is stored." />
          <CodeBlock label="Try it" text={curlOf(key, create.data?.scopes ?? [])} wrap />
          <div className="flex justify-end">
            <Button variant="primary" onClick={close}>
              Done
            </Button>
          </div>
        </div>
      ) : (
        <KeyForm create={create} onCancel={close} />
      )}
    </Dialog>
  );
}

function KeyForm({ create, onCancel }: { create: ReturnType<typeof useCreateKey>; onCancel: () => void }) {
  const { permissions } = useSession();
  const [name, setName] = useState("");
  const [days, setDays] = useState(90);
  const presets = presetsOf(permissions);
  const [scopes, setScopes] = useState<readonly string[]>(presets[0]?.scopes ?? []);
  const chosen = presets.find((preset) => isSame(preset.scopes, scopes));
  const nameError = isApiError(create.error) ? create.error.fieldMessage("name") : undefined;

  function onSubmit(event: FormEvent): void {
    event.preventDefault();
    const expiry = days === 0 ? {} : { expires_at: new Date(Date.now() + days * DAY_MS).toISOString() };
    create.mutate({ name, scopes: [...scopes], ...expiry });
  }

  function toggle(scope: string): void {
    setScopes(scopes.includes(scope) ? scopes.filter((each) => each !== scope) : [...scopes, scope]);
  }

  return (
    <form onSubmit={onSubmit} className="flex flex-col gap-4">
      <div className="grid gap-4 sm:grid-cols-2">
        <Field label="Name" required hint="Purpose of the key, for example “nightly report”." error={nameError}>
          {(control) => (
            <Input {...control} value={name} maxLength={200} onChange={(event) => setName(event.target.value)} />
          )}
        </Field>
        <Field label="Expires">
          {(control) => (
            <Select {...control} value={days} onChange={(event) => setDays(Number(event.target.value))}>
              {LASTS.map((each) => (
                <option key={each.days} value={each.days}>
                  {each.label}
                </option>
              ))}
            </Select>
          )}
        </Field>
      </div>
      <fieldset>
        <legend className="mb-1.5 font-medium text-fg text-xs">Permissions</legend>
        <p className="mb-2 text-muted text-xs">At most what you may do yourself; when your role shrinks, so does the key.</p>
        <div className="flex flex-wrap gap-1.5">
          {presets.map((preset) => (
            <Pill key={preset.label} pressed={preset === chosen} onClick={() => setScopes(preset.scopes)}>
              {preset.label}
            </Pill>
          ))}
          {!chosen && <Pill pressed>Custom</Pill>}
        </div>
        <p className="mt-1.5 text-muted text-xs">{chosen?.hint ?? `${scopes.length} permissions.`}</p>
        <details className="mt-2 rounded-md border border-line" open={!chosen || undefined}>
          <summary className="cursor-pointer px-3 py-1.5 font-medium text-fg text-xs">Each permission</summary>
          <div className="grid gap-1.5 border-line border-t p-3 sm:grid-cols-2">
            {[...permissions].sort().map((scope) => (
              <Checkbox
                key={scope}
                label={<code className="text-xs">{scope}</code>}
                checked={scopes.includes(scope)}
                onChange={() => toggle(scope)}
              />
            ))}
          </div>
        </details>
      </fieldset>
      {!nameError && <ErrorNotice error={create.error} />}
      <div className="flex justify-end gap-2">
        <Button onClick={onCancel}>Cancel</Button>
        <Button type="submit" variant="primary" busy={create.isPending} disabled={name.trim() === "" || scopes.length === 0}>
          Create key
        </Button>
      </div>
    </form>
  );
}
