import { useQuery } from "@tanstack/react-query";
import { ChevronRight } from "lucide-react";
import type { Model } from "@/api/types";
import { ModelGrade } from "@/components/model-grade";
import { Section } from "@/components/ui/card";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { Notice } from "@/components/ui/notice";
import { NumberField } from "@/components/ui/number-field";
import { Select } from "@/components/ui/select";
import { count, money } from "@/lib/format";
import { modelChoices } from "../model-choices";
import { type Choice, keyOf, ModelOptions, readKey } from "./model-options";
import type { SectionProps } from "./section-props";

export function ModelSection({ draft, isReadOnly, problemOf }: SectionProps) {
  const models = useQuery(modelChoices);
  const { model } = draft.definition.config;
  const items = models.data?.items ?? [];
  const chosen = chosenOf(items, model);
  const key = model.name && chosen ? keyOf(chosen) : keyOf(model);
  const isUnlisted = key !== "" && models.isSuccess && !items.some((each) => keyOf(each) === key);
  return (
    <Section id="model" title="Model">
      <div className="flex flex-col gap-4">
        <Field
          label="Model"
          error={problemOf("config.model.name") ?? problemOf("config.model.provider_id") ?? problemOf("config.model")}
        >
          {(control) => (
            <Select
              {...control}
              value={key}
              disabled={isReadOnly || models.isPending}
              onChange={(event) => draft.setConfig({ model: readKey(event.target.value) })}
            >
              <option value="">{`The organization's default${defaultName(items)}`}</option>
              {isUnlisted && <option value={key}>{unlistedName(items, model)}</option>}
              <ModelOptions models={items} />
            </Select>
          )}
        </Field>
        {models.isError && <Notice tone="danger">The models could not be loaded: {models.error.message}</Notice>}
        {chosen && <Facts model={chosen} />}
        <Parameters draft={draft} isReadOnly={isReadOnly} problemOf={problemOf} />
      </div>
    </Section>
  );
}

/** The model that is meant, as far as it can be told: of a provider with several models its default is not known here. */
function chosenOf(models: readonly Model[], choice: Choice): Model | undefined {
  if (!choice.provider_id && !choice.name) return models.find((each) => each.is_default);
  const ofProvider = models.filter((each) => choice.provider_id === null || each.provider_id === choice.provider_id);
  if (choice.name) return ofProvider.find((each) => each.name === choice.name);
  return ofProvider.length === 1 ? ofProvider[0] : undefined;
}

function unlistedName(models: readonly Model[], choice: Choice): string {
  const provider = models.find((each) => each.provider_id === choice.provider_id);
  if (choice.name === null && provider) return `The default of ${provider.provider_name}`;
  return `${choice.name ?? "Model name"} (not offered any more)`;
}

function defaultName(models: readonly Model[]): string {
  const model = models.find((each) => each.is_default);
  return model ? `: ${model.name}` : "";
}

function Facts({ model }: { model: Model }) {
  const facts = [
    model.context_window !== null && `${count(model.context_window)} tokens of context`,
    model.input_usd_per_mtok !== null && `${money(model.input_usd_per_mtok)} in`,
    model.output_usd_per_mtok !== null && `${money(model.output_usd_per_mtok)} out, per 1M tokens`,
  ].filter(Boolean);
  return (
    <div className="-mt-2 flex flex-wrap items-center gap-2 text-muted text-xs">
      <ModelGrade grade={model.grade} />
      {model.provider_name}
      {facts.length > 0 && ` · ${facts.join(" · ")}`}
      {!model.is_installed && <span className="text-warning">It is not installed yet: run “retinue models install”.</span>}
      {model.grade === "demonstration" && (
        <span className="basis-full">Runs on any machine. For demonstrations, not for production.</span>
      )}
      {model.grade === "test" && <span className="basis-full">Follows a script. For testing tools.</span>}
    </div>
  );
}

const PARAMETERS = [
  { name: "temperature", label: "Temperature", min: 0, max: 2, step: 0.1 },
  { name: "top_p", label: "Top p", min: 0, max: 1, step: 0.05 },
  { name: "max_output_tokens", label: "Maximum output tokens", min: 1, step: 1, unit: "tokens" },
  { name: "seed", label: "Seed", step: 1 },
] as const;

function Parameters({ draft, isReadOnly, problemOf }: SectionProps) {
  const { parameters } = draft.definition.config;
  return (
    <details className="group">
      <summary className="flex list-none items-center gap-1 font-medium text-muted text-xs hover:text-fg">
        <ChevronRight aria-hidden className="size-3.5 transition-transform group-open:rotate-90" /> Parameters
      </summary>
      <div className="mt-3 grid gap-4 sm:grid-cols-2">
        {PARAMETERS.map(({ name, ...rest }) => (
          <NumberField
            key={name}
            {...rest}
            value={parameters[name]}
            placeholder="the provider's own"
            disabled={isReadOnly}
            error={problemOf(`config.parameters.${name}`)}
            onChange={(value) => draft.setConfig({ parameters: { [name]: value } })}
          />
        ))}
        <Field
          label="Stop sequences"
          hint="Comma-separated strings that end the answer."
          error={problemOf("config.parameters.stop")}
          className="sm:col-span-2"
        >
          {(control) => (
            <Input
              {...control}
              value={parameters.stop.join(", ")}
              disabled={isReadOnly}
              onChange={(event) => draft.setConfig({ parameters: { stop: listOf(event.target.value) } })}
            />
          )}
        </Field>
      </div>
    </details>
  );
}

function listOf(text: string): string[] {
  return text === "" ? [] : text.split(/,\s?/);
}
