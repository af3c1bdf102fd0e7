import { Checkbox } from "@/components/ui/checkbox";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import type { KindFacts } from "./kinds";
import type { Draft } from "./provider-form";

interface Props {
  facts: KindFacts;
  draft: Draft;
  onChange: (draft: Draft) => void;
  /** The sentence for a field that was refused. */
  problemOf: (field: string) => string | undefined;
  hasStoredKey: boolean;
}

/** The fields of a provider, for a new one and for a stored one. */
export function ProviderFields({ facts, draft, onChange, problemOf, hasStoredKey }: Props) {
  const set = <K extends keyof Draft>(name: K, value: Draft[K]) => onChange({ ...draft, [name]: value });
  return (
    <>
      <Field label="Name" required error={problemOf("name")}>
        {(control) => (
          <Input {...control} value={draft.name} maxLength={100} onChange={(event) => set("name", event.target.value)} />
        )}
      </Field>
      <Field
        label="Base URL"
        required={facts.needsUrl}
        error={problemOf("base_url")}
        hint={facts.needsUrl ? undefined : "Leave blank for the default."}
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
      <Field
        label="API key"
        required={facts.needsKey && !hasStoredKey}
        error={problemOf("api_key")}
        hint={hasStoredKey ? "Leave blank to keep the stored key." : "Stored encrypted and never shown again."}
      >
        {(control) => (
          <Input
            {...control}
            type="password"
            autoComplete="off"
            placeholder={hasStoredKey ? "••••••••" : ""}
            value={draft.api_key}
            onChange={(event) => set("api_key", event.target.value)}
          />
        )}
      </Field>
      <Field
        label="Models"
        error={problemOf("models")}
        hint="Comma-separated names. Leave blank to choose from the models that the provider lists."
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
        hint="Used by agents that name this provider and no model."
      >
        {(control) => (
          <Input {...control} value={draft.default_model} onChange={(event) => set("default_model", event.target.value)} />
        )}
      </Field>
      <Checkbox
        label="Default provider of the organization"
        hint={problemOf("is_default") ?? "Used by agents that name no provider."}
        checked={draft.is_default}
        onChange={(event) => set("is_default", event.target.checked)}
      />
    </>
  );
}
