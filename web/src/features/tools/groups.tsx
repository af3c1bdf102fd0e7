import type { Effect, Tool } from "@/api/types";
import { Badge, type Tone } from "@/components/ui/badge";
import { EFFECTS, KINDS } from "./labels";

/** Tools by where they come from; your own before those that are built in. */
export function inGroups(tools: readonly Tool[]): Tool[] {
  const rank = (tool: Tool) => Number(tool.organization_id === null);
  return [...tools].sort(
    (a, b) => rank(a) - rank(b) || originOf(a).localeCompare(originOf(b)) || a.name.localeCompare(b.name),
  );
}

const BUILT_IN = "Built in";

/** Where a tool comes from: the host of an API, the MCP server, the kind. */
export function originOf({ organization_id, tool_type, configuration }: Tool): string {
  if (organization_id === null) return BUILT_IN;
  const host = hostOf(String(configuration.url ?? ""));
  if (tool_type === "api") return host ?? "HTTP APIs";
  if (tool_type === "mcp") return `MCP: ${host ?? String(configuration.command ?? "server")}`;
  return KINDS[tool_type];
}

/** The host of an address, or the variable that holds it. */
function hostOf(url: string): string | null {
  return /^(?:https?:\/\/)?(\{\{[^}]+\}\}|[^/?#]+)/.exec(url)?.[1] ?? null;
}

const METHOD_TONES: Readonly<Record<string, Tone>> = {
  GET: "info",
  HEAD: "info",
  POST: "success",
  PUT: "warning",
  PATCH: "warning",
  DELETE: "danger",
};

/** What an HTTP tool sends, so that one that deletes is told from one that reads. */
export function MethodBadge({ tool }: { readonly tool: Tool }) {
  if (tool.organization_id === null || tool.tool_type !== "api") return null;
  const method = String(tool.configuration.method ?? "GET");
  return <Badge tone={METHOD_TONES[method] ?? "neutral"}>{method}</Badge>;
}

const EFFECT_TONES: Readonly<Record<Effect, Tone>> = { read_only: "neutral", idempotent: "info", dangerous: "warning" };

export function EffectBadge({ effect }: { readonly effect: Effect }) {
  return <Badge tone={EFFECT_TONES[effect]}>{EFFECTS[effect].word}</Badge>;
}
