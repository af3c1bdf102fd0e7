import { type FormEvent, useState } from "react";
import { isApiError } from "@/api/problem";
import type { ModelProvider, ProviderKind } from "@/api/types";
import { Button } from "@/components/ui/button";
import { Checkbox } from "@/components/ui/checkbox";
import { Dialog } from "@/components/ui/dialog";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { ErrorNotice } from "@/components/ui/notice";
import { Select } from "@/components/ui/select";
import { type ProviderForm, useSaveProvider } from "./api";
import { KINDS, type KindFacts } from "./kinds";

interface Props {
  /** Null makes a new one. */
  provider: ModelProvider | null;
  onClose: () => void;
  onSaved: (provider: ModelProvider) => void;
}

export function ProviderDialog({ provider, onClose, onSaved }: Props) {
  const [kind, setKind] = useState<ProviderKind>(provider?.kind ?? "openai");
  const facts = KINDS.find((each) => each.kind === kind) as KindFacts;
  return (
    <Dialog open onOpenChange={onClose} size="sm" title={provider ? `Change ${provider.name}` : "Add a model provider"}>
      <div className="flex flex-col gap-4">
        {!provider && (
          <Field label="Kind" hint={facts.hint}>
            {(control) => (
              <Select {...control} value={kind} onChange={(event) => setKind(event.target.value as ProviderKind)}>
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
function bodyOf(draft: Draft, provider: ModelProvider | null, facts: KindFacts): ProviderForm {
  const models = draft.models.split(/[\s,]+/).filter(Boolean);
  return {
    ...(provider ? {} : { kind: facts.kind }),
    name: draft.name,
    base_url: draft.base_url.trim() || null,
    ...(draft.api_key ? { api_key: draft.api_key } : {}),
    models,
    default_model: draft.default_model.trim() || null,
    is_default: draft.is_default,
  };
}

function ProviderFields({ facts, provider, onClose, onSaved }: Props & { facts: KindFacts }) {
  const [draft, setDraft] = useState(() => draftOf(provider, facts));
  const save = useSaveProvider(provider?.id ?? null);
  const set = <K extends keyof Draft>(name: K, value: Draft[K]) => setDraft((before) => ({ ...before, [name]: value }));
  const problemOf = (name: string) => (isApiError(save.error) ? save.error.fieldMessage(name) : undefined);
  const hasFieldProblem = isApiError(save.error) && save.error.fields.length > 0;

  function onSubmit(event: FormEvent): void {
    event.preventDefault();
    save.mutate(bodyOf(draft, provider, facts), { onSuccess: onSaved });
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
      {!hasFieldProblem && <ErrorNotice error={save.error} />}
      <div className="flex justify-end gap-2">
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" variant="primary" busy={save.isPending} disabled={draft.name.trim() === ""}>
          {provider ? "Save" : "Add and test"}
        </Button>
      </div>
    </form>
  );
}
