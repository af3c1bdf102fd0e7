import type { Model } from "@/api/types";

export type Choice = { provider_id: string | null; name: string | null };

/** Empty for the organization's default; a provider without a name stands for that provider's own default. */
export function keyOf({ provider_id, name }: Choice): string {
  return provider_id || name ? `${provider_id} ${name ?? ""}` : "";
}

export function readKey(key: string): Choice {
  if (key === "") return { provider_id: null, name: null };
  const space = key.indexOf(" ");
  const provider = key.slice(0, space);
  return { provider_id: provider === "null" ? null : provider, name: key.slice(space + 1) || null };
}

/** The models as options of a select, by their provider. */
export function ModelOptions({ models }: { readonly models: readonly Model[] }) {
  return groupsOf(models).map(([provider, group]) => (
    <optgroup key={provider} label={provider}>
      {group.map((each) => (
        <option key={each.name} value={keyOf(each)}>
          {each.name}
        </option>
      ))}
    </optgroup>
  ));
}

function groupsOf(models: readonly Model[]): [string, Model[]][] {
  const groups = new Map<string, Model[]>();
  for (const model of models) groups.set(model.provider_name, [...(groups.get(model.provider_name) ?? []), model]);
  return [...groups];
}
