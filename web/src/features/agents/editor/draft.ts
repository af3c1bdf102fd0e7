/** What an agent would be if the draft were saved, and what differs from what is saved. Pure. */

import type { Agent, AgentConfig, AgentDefinition } from "@/api/types";
import { stringifyJson } from "@/lib/exact-json";

const FIELDS = [
  "name",
  "description",
  "icon",
  "category",
  "type",
  "agent_type",
  "runtime",
  "instructions",
  "config",
  "deployment_config",
  "webhook_url",
] as const satisfies readonly (keyof AgentDefinition)[];

export function definitionOf(agent: Agent | AgentDefinition): AgentDefinition {
  return Object.fromEntries(FIELDS.map((field) => [field, agent[field]])) as unknown as AgentDefinition;
}

function isSame(left: unknown, right: unknown): boolean {
  return stringifyJson(left) === stringifyJson(right);
}

/** The fields that differ, as a PATCH takes them. */
export function changesOf(before: AgentDefinition, after: AgentDefinition): Partial<AgentDefinition> {
  const changed = FIELDS.filter((field) => !isSame(before[field], after[field]));
  return Object.fromEntries(changed.map((field) => [field, after[field]]));
}

export type ConfigChange = { [part in keyof AgentConfig]?: Partial<AgentConfig[part]> };

/** Changes parts of the configuration; lists are replaced whole, objects field by field. */
export function withConfig(definition: AgentDefinition, change: ConfigChange): AgentDefinition {
  const entries = Object.entries(change).map(([part, value]) => {
    const before = definition.config[part as keyof AgentConfig];
    return [part, Array.isArray(value) ? value : { ...before, ...value }];
  });
  return { ...definition, config: { ...definition.config, ...Object.fromEntries(entries) } };
}

const VARIABLE = /\{\{\s*([a-zA-Z_][a-zA-Z0-9_]*)\s*\}\}/g;

/** The names of the variables that a text uses, each once. */
export function variablesIn(text: string): string[] {
  return [...new Set([...text.matchAll(VARIABLE)].map((match) => match[1] ?? ""))];
}

/** The names used anywhere in the draft: instructions and tool settings. */
export function variablesOf(definition: AgentDefinition): string[] {
  return variablesIn(`${definition.instructions}\n${stringifyJson(definition.config.tools.map((tool) => tool.settings))}`);
}

export interface FieldChange {
  name: string;
  before: string;
  after: string;
}

function told(value: unknown): string {
  if (value === null || value === undefined || value === "") return "–";
  return typeof value === "string" ? value : stringifyJson(value);
}

/** Lists whose entries have a name, by their path. */
const NAMED: Record<string, string> = { "config.tools": "tool", "config.agents": "agent as tool" };

/** Every leaf of a document by its path; tools by their name, so that their order does not count as a change. */
function leaves(value: unknown, path: string, into: Map<string, string>): void {
  const kind = NAMED[path];
  if (Array.isArray(value) && kind) {
    for (const tool of value as { name: string }[]) {
      const { name, ...rest } = tool;
      into.set(`${kind} ${name}`, stringifyJson(rest));
    }
  } else if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    for (const [key, child] of Object.entries(value)) leaves(child, path ? `${path}.${key}` : key, into);
  } else {
    into.set(path, told(value));
  }
}

/** What differs between two definitions, leaf by leaf, without the instructions, which are told word by word. */
export function fieldChanges(before: AgentDefinition, after: AgentDefinition): FieldChange[] {
  const [old, fresh] = [new Map<string, string>(), new Map<string, string>()];
  leaves({ ...before, instructions: undefined }, "", old);
  leaves({ ...after, instructions: undefined }, "", fresh);
  const names = [...new Set([...old.keys(), ...fresh.keys()])].sort();
  return names
    .map((name) => ({ name, before: old.get(name) ?? "–", after: fresh.get(name) ?? "–" }))
    .filter((change) => change.before !== change.after);
}
