import { type FormEvent, useState } from "react";
import { isApiError } from "@/api/problem";
import type { ModelProvider, NewProvider } from "@/api/types";
import { Button } from "@/components/ui/button";
import { Checkbox } from "@/components/ui/checkbox";
import { Dialog } from "@/components/ui/dialog";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { ErrorNotice } from "@/components/ui/notice";
import { Select } from "@/components/ui/select";
import { useCreateProvider, useUpdateProvider } from "./api";
import { KINDS, type KindFacts } from "./kinds";

interface Props {
  /** Null makes a new one. */
  provider: ModelProvider | null;
  onClose: () => void;
  onSaved: (provider: ModelProvider) => void;
}

export function ProviderDialog({ provider, onClose, onSaved }: Props) {
  const [kind, setKind] = useState<NewProvider["kind"]>(kindOf(provider));
  const facts = KINDS.find((each) => each.kind === kind) as KindFacts;
  return (
    <Dialog open onOpenChange={onClose} size="sm" title={provider ? `Change ${provider.name}` : "Add a model provider"}>
      <div className="flex flex-col gap-4">
        {!provider && (
          <Field label="Kind" hint={facts.hint}>
            {(control) => (
              <Select {...control} value={kind} onChange={(event) => setKind(event.target.value as NewProvider["kind"])}>
                {KINDS.map((each) => (
                  <option key={each.kind} value={each.kind}>
                    {each.label}
                  </option>
                ))}
              </Select>
            )}
          </Field>
        )}
        <ProviderFields key={kind} facts={facts} provider={provider} onClose={onClose} onSaved={onSaved} />
      </div>
    </Dialog>
  );
}

/** The kinds that are no rows cannot be changed, so they never come here. */
function kindOf(provider: ModelProvider | null): NewProvider["kind"] {
  return KINDS.find((each) => each.kind === provider?.kind)?.kind ?? "openai";
}

interface Draft {
  name: string;
  base_url: string;
  api_key: string;
  models: string;
  default_model: string;
  is_default: boolean;
}

function draftOf(provider: ModelProvider | null, facts: KindFacts): Draft {
  return {
    name: provider?.name ?? facts.label,
    base_url: provider?.base_url ?? "",
    api_key: "",
    models: provider?.models.join(", ") ?? "",
    default_model: provider?.default_model ?? "",
    is_default: provider?.is_default ?? false,
  };
}

/** What is sent: a key that was not typed stays as it is; an empty text is no value. */
function bodyOf(draft: Draft) {
  return {
    name: draft.name,
    base_url: draft.base_url.trim() || null,
    ...(draft.api_key ? { api_key: draft.api_key } : {}),
    models: draft.models.split(/[\s,]+/).filter(Boolean),
    default_model: draft.default_model.trim() || null,
    is_default: draft.is_default,
  };
}

/** Makes a provider, or changes the one that is given. */
function useSave(provider: ModelProvider | null, kind: NewProvider["kind"]) {
  const create = useCreateProvider();
  const update = useUpdateProvider(provider?.id ?? "");
  const { isPending, error } = provider ? update : create;
  function save(draft: Draft, onSuccess: (saved: ModelProvider) => void): void {
    if (provider) update.mutate(bodyOf(draft), { onSuccess });
    else create.mutate({ kind, ...bodyOf(draft) }, { onSuccess });
  }
  return { save, isPending, error };
}

function ProviderFields({ facts, provider, onClose, onSaved }: Props & { facts: KindFacts }) {
  const [draft, setDraft] = useState(() => draftOf(provider, facts));
  const { save, isPending, error } = useSave(provider, facts.kind);
  const set = <K extends keyof Draft>(name: K, value: Draft[K]) => setDraft((before) => ({ ...before, [name]: value }));
  const problemOf = (name: string) => (isApiError(error) ? error.fieldMessage(name) : undefined);
  const hasFieldProblem = isApiError(error) && error.fields.length > 0;

  function onSubmit(event: FormEvent): void {
    event.preventDefault();
    save(draft, onSaved);
  }

  const keyHint = provider?.has_api_key ? "Left empty, the stored key stays." : "Stored encrypted; it is never shown again.";
  return (
    <form onSubmit={onSubmit} className="flex flex-col gap-4">
      <Field label="Name" required error={problemOf("name")}>
        {(control) => (
          <Input {...control} value={draft.name} maxLength={100} onChange={(event) => set("name", event.target.value)} />
        )}
      </Field>
      <Field
        label="Base URL"
        required={facts.needsUrl}
        error={problemOf("base_url")}
        hint={facts.needsUrl ? undefined : "Empty: the usual one."}
      >
        {(control) => (
          <Input
            {...control}
            type="url"
            inputMode="url"
            placeholder={facts.urlPlaceholder}
            value={draft.base_url}
            onChange={(event) => set("base_url", event.target.value)}
          />
        )}
      </Field>
      <Field label="API key" required={facts.needsKey && !provider?.has_api_key} error={problemOf("api_key")} hint={keyHint}>
        {(control) => (
          <Input
            {...control}
            type="password"
            autoComplete="off"
            placeholder={provider?.has_api_key ? "••••••••" : ""}
            value={draft.api_key}
            onChange={(event) => set("api_key", event.target.value)}
          />
        )}
      </Field>
      <Field
        label="Models"
        error={problemOf("models")}
        hint="Names, parted by commas. Empty: those that the provider lists."
      >
        {(control) => (
          <Input
            {...control}
            placeholder={facts.modelPlaceholder}
            value={draft.models}
            onChange={(event) => set("models", event.target.value)}
          />
        )}
      </Field>
      <Field
        label="Default model"
        error={problemOf("default_model")}
        hint="What an agent uses that chose this provider and no model."
      >
        {(control) => (
          <Input {...control} value={draft.default_model} onChange={(event) => set("default_model", event.target.value)} />
        )}
      </Field>
      <Checkbox
        label="The organization's default"
        hint="Agents that chose no provider use it."
        checked={draft.is_default}
        onChange={(event) => set("is_default", event.target.checked)}
      />
      {!hasFieldProblem && <ErrorNotice error={error} />}
      <div className="flex justify-end gap-2">
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" variant="primary" busy={isPending} disabled={draft.name.trim() === ""}>
          {provider ? "Save" : "Add and test"}
        </Button>
      </div>
    </form>
  );
}
