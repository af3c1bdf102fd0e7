/** The form of a rule: the kinds of conditions that have fields of their own, and JSON for all others. */
import type { AlertConfig, AlertSeverity, JsonObject, NewAlertConfig } from "@/api/types";
import { commaSeparated } from "@/lib/comma-separated";
import { parseJson, stringifyJson } from "@/lib/exact-json";

export type ConditionKind =
  | "failures"
  | "window"
  | "duration"
  | "metric"
  | "budget"
  | "absence"
  | "approval"
  | "backup"
  | "rehearsal"
  | "json";

/** What happens when a whole budget is spent. */
export type BudgetAction = "none" | "block" | "pause_agent";

export interface RuleDraft {
  readonly name: string;
  readonly kind: ConditionKind;
  readonly count: number | null;
  readonly window: string;
  readonly seconds: number | null;
  readonly usd: number | null;
  readonly action: BudgetAction;
  readonly json: string;
  readonly agentId: string;
  readonly isPerAgent: boolean;
  readonly severity: AlertSeverity;
  readonly forSeconds: number | null;
  readonly renotifyHours: number | null;
  readonly email: string;
  readonly slack: string;
  readonly webhook: string;
  readonly tag: string;
  readonly escalateMinutes: number | null;
  readonly second: string;
  /** Second channels that the form does not show. */
  readonly secondKept: JsonObject;
}

export const KINDS: readonly [ConditionKind, string][] = [
  ["failures", "Runs fail in a row"],
  ["window", "Runs fail within a time"],
  ["duration", "A run takes too long"],
  ["metric", "Response time (p95)"],
  ["budget", "Spending in a month"],
  ["absence", "No run completes"],
  ["approval", "An approval waits"],
  ["json", "Other (JSON)"],
];

/** Kinds about the installation, for superusers. */
export const INSTALLATION_KINDS: readonly [ConditionKind, string][] = [
  ["backup", "No backup succeeds"],
  ["rehearsal", "No rehearsal of a backup succeeds"],
];

const HOUR = 3600;
const MINUTE = 60;
const EMPTY: RuleDraft = {
  name: "",
  kind: "failures",
  count: 3,
  window: "15m",
  seconds: 1800,
  usd: 100,
  action: "none",
  json: '{"status": "error", "consecutive_failures": 3}',
  agentId: "",
  isPerAgent: true,
  severity: "warning",
  forSeconds: 0,
  renotifyHours: 0,
  email: "",
  slack: "",
  webhook: "",
  tag: "",
  escalateMinutes: 0,
  second: "",
  secondKept: {},
};

export function draftOf(rule: AlertConfig | null): RuleDraft {
  if (rule === null) return EMPTY;
  return {
    ...EMPTY,
    ...kindOf(rule.conditions),
    name: rule.name,
    json: stringifyJson(rule.conditions, 2),
    agentId: rule.agent_id ?? "",
    isPerAgent: rule.group_by === "agent",
    severity: rule.severity,
    forSeconds: rule.for_seconds,
    renotifyHours: rule.renotify_seconds / HOUR,
    email: namesOf(rule.channels.email),
    slack: namesOf(rule.channels.slack),
    webhook: namesOf(rule.channels.webhook),
    tag: rule.tag ?? "",
    escalateMinutes: rule.escalate_after_seconds / MINUTE,
    second: namesOf(rule.escalate_channels.email),
    secondKept: rule.escalate_channels,
  };
}

/** The kind whose fields can express conditions; JSON when none can. */
function kindOf(conditions: JsonObject): Partial<RuleDraft> {
  const keys = Object.keys(conditions).sort().join();
  const only = conditions[keys] as JsonObject | undefined;
  if (keys === "absence" && Object.keys(only ?? {}).join() === "window")
    return { kind: "absence", window: String(only?.window) };
  if (keys === "approval_waiting") return { kind: "approval", window: String(only?.gt) };
  if (keys === "budget" && isSimple(only)) {
    return { kind: "budget", usd: Number(only?.usd), action: (only?.action ?? "none") as BudgetAction };
  }
  if (keys === "consecutive_failures,status" && conditions.status === "error")
    return { kind: "failures", count: Number(conditions.consecutive_failures) };
  if (keys === "count,status,window" && conditions.status === "error")
    return { kind: "window", count: Number(conditions.count), window: String(conditions.window) };
  if (keys === "backup" || keys === "rehearsal") {
    const { older_than } = conditions[keys] as JsonObject;
    return { kind: keys, window: typeof older_than === "string" ? older_than : `${String(older_than)}s` };
  }
  return { kind: "json" };
}

/** Whether a budget is one of a month in UTC that fires at 80% and 100%, as the form makes it. */
function isSimple(budget: JsonObject | undefined): boolean {
  const { usd: _, action: __, ...others } = budget ?? {};
  return stringifyJson(others) === stringifyJson({ period: "month", at: [0.8, 1] });
}

function namesOf(value: unknown): string {
  return Array.isArray(value) ? value.join(", ") : typeof value === "string" ? value : "";
}

/** The conditions of a draft. Throws `SyntaxError` for JSON that is none. */
export function conditionsOf(draft: RuleDraft): JsonObject {
  switch (draft.kind) {
    case "failures":
      return { status: "error", consecutive_failures: draft.count ?? 1 };
    case "window":
      return { status: "error", count: draft.count ?? 1, window: draft.window };
    case "duration":
      return { run_duration: { gt: draft.seconds ?? 1 } };
    case "metric":
      return { metric: "response_time", agg: "p95", op: ">", value: (draft.seconds ?? 1) * 1000, window: draft.window };
    case "budget":
      return {
        budget: {
          usd: draft.usd ?? 1,
          period: "month",
          at: [0.8, 1],
          ...(draft.action === "none" ? {} : { action: draft.action }),
        },
      };
    case "absence":
      return { absence: { window: draft.window } };
    case "approval":
      return { approval_waiting: { gt: draft.window } };
    case "backup":
    case "rehearsal":
      return { [draft.kind]: { older_than: draft.window } };
    case "json":
      return parseJson(draft.json) as JsonObject;
  }
}

function listOf(text: string): string | string[] | undefined {
  const names = commaSeparated(text);
  return names.length > 1 ? names : names[0];
}

export function isAboutInstallation(kind: ConditionKind): boolean {
  return INSTALLATION_KINDS.some(([each]) => each === kind);
}

/** What is sent for a draft; `kept` are channels that the form does not show. Throws as `conditionsOf` does. */
export function bodyOf(draft: RuleDraft, kept: JsonObject, isNew: boolean): NewAlertConfig {
  const channels: JsonObject = { ...kept };
  for (const kind of ["email", "slack", "webhook"] as const) {
    const names = listOf(draft[kind]);
    if (names === undefined) delete channels[kind];
    else channels[kind] = names;
  }
  return {
    name: draft.name.trim(),
    conditions: conditionsOf(draft),
    channels,
    severity: draft.severity,
    for_seconds: draft.forSeconds ?? 0,
    renotify_seconds: Math.round((draft.renotifyHours ?? 0) * HOUR),
    ...(draft.tag.trim() !== "" ? { tag: draft.tag.trim() } : isNew ? {} : { tag: null }),
    ...secondOf(draft),
    ...scopeOf(draft, isNew),
  };
}

/** Who is notified when nobody acknowledges. */
function secondOf(draft: RuleDraft): Pick<NewAlertConfig, "escalate_after_seconds" | "escalate_channels"> {
  const names = listOf(draft.second);
  const { email: _, ...others } = draft.secondKept;
  const channels: JsonObject = names === undefined ? others : { ...others, email: names };
  const hasNone = Object.keys(channels).length === 0;
  return {
    escalate_after_seconds: hasNone ? 0 : Math.round((draft.escalateMinutes || 30) * MINUTE),
    escalate_channels: channels,
  };
}

/** A new rule names what it is about; a saved one also clears what it was about before. */
function scopeOf(draft: RuleDraft, isNew: boolean): Pick<NewAlertConfig, "agent_id" | "group_by"> {
  if (isAboutInstallation(draft.kind)) return isNew ? {} : { agent_id: null, group_by: null };
  if (draft.agentId !== "") return isNew ? { agent_id: draft.agentId } : { agent_id: draft.agentId, group_by: null };
  const isBlocking = draft.kind === "budget" && draft.action !== "none";
  const groupBy = draft.isPerAgent && !isBlocking ? ("agent" as const) : null;
  if (!isNew) return { agent_id: null, group_by: groupBy };
  return groupBy === null ? {} : { group_by: groupBy };
}
