/** The values of the provider form, and the bodies that are sent for them. */
import type { ModelProvider, NewProvider } from "@/api/types";
import type { KindFacts } from "./kinds";

export interface Draft {
  name: string;
  base_url: string;
  api_key: string;
  models: string;
  default_model: string;
  is_default: boolean;
}

export function draftOf(provider: ModelProvider | null, facts: KindFacts): Draft {
  return {
    name: provider?.name ?? facts.label,
    base_url: provider?.base_url ?? "",
    api_key: "",
    models: provider?.models.join(", ") ?? "",
    default_model: provider?.default_model ?? "",
    is_default: provider?.is_default ?? false,
  };
}

export function namesOf(text: string): string[] {
  return text.split(/[\s,]+/).filter(Boolean);
}

/** The body of a new provider. */
export function creationOf(draft: Draft, kind: NewProvider["kind"]) {
  return {
    kind,
    name: draft.name,
    base_url: draft.base_url.trim() || null,
    ...(draft.api_key ? { api_key: draft.api_key } : {}),
    models: namesOf(draft.models),
    default_model: draft.default_model.trim() || null,
    is_default: draft.is_default,
  };
}

/** The fields that differ from the stored provider; an empty key leaves the stored one unchanged. */
export function changesOf(draft: Draft, provider: ModelProvider) {
  const before = draftOf(provider, { label: "" } as KindFacts);
  const models = namesOf(draft.models);
  return {
    ...(draft.name !== before.name ? { name: draft.name } : {}),
    ...(draft.base_url.trim() !== before.base_url ? { base_url: draft.base_url.trim() || null } : {}),
    ...(draft.api_key ? { api_key: draft.api_key } : {}),
    ...(models.join() !== provider.models.join() ? { models } : {}),
    ...(draft.default_model.trim() !== before.default_model ? { default_model: draft.default_model.trim() || null } : {}),
    ...(draft.is_default !== before.is_default ? { is_default: draft.is_default } : {}),
  };
}
