/** What of the list of runs stands in its address: the filters and the run that is looked at beside the list. */
import type { RunOutcome, RunSort, RunStatus, RunTrigger } from "@/api/types";
import { isRange, type Range } from "@/lib/range";
import type { RunFilter } from "./run-feed";

export const STATUSES: readonly RunStatus[] = ["running", "waiting", "pending", "completed", "failed", "cancelled"];
export const TRIGGERS: readonly RunTrigger[] = [
  "manual",
  "conversation",
  "cli",
  "api",
  "schedule",
  "webhook",
  "external",
  "n8n",
];

export const OUTCOMES: readonly RunOutcome[] = ["success", "warning", "error"];

/** Orders other than the newest first. */
export const SORTS: readonly RunSort[] = ["-duration_ms", "duration_ms", "-cost_usd", "cost_usd", "-tokens", "tokens"];

export const FEEDBACK = ["up", "down", "none"] as const;
export type Feedback = (typeof FEEDBACK)[number];

export interface RunsSearch {
  status?: RunStatus;
  outcome?: RunOutcome;
  agent?: string;
  trigger?: RunTrigger;
  q?: string;
  /** Tags that a run has, all of them. */
  tag?: readonly string[];
  /** Entries of the metadata, as "key=value". */
  metadata?: readonly string[];
  feedback?: Feedback;
  /** Instants: only runs that ended from one up to the other, as a bucket of a chart asks. */
  from?: string;
  to?: string;
  /** Only runs created within this time up to now. */
  range?: Range;
  /** At least so many seconds. */
  took?: number;
  /** At least so many US dollars. */
  cost?: number;
  sort?: RunSort;
  preview?: string;
}

export function readRunsSearch(raw: Record<string, unknown>): RunsSearch {
  return {
    ...(STATUSES.includes(raw.status as RunStatus) ? { status: raw.status as RunStatus } : {}),
    ...(OUTCOMES.includes(raw.outcome as RunOutcome) ? { outcome: raw.outcome as RunOutcome } : {}),
    ...(typeof raw.agent === "string" && raw.agent !== "" ? { agent: raw.agent } : {}),
    ...(TRIGGERS.includes(raw.trigger as RunTrigger) ? { trigger: raw.trigger as RunTrigger } : {}),
    ...(typeof raw.q === "string" || typeof raw.q === "number" ? { q: String(raw.q) } : {}),
    ...list("tag", raw.tag),
    ...list("metadata", raw.metadata, (entry) => entry.indexOf("=") > 0),
    ...(FEEDBACK.includes(raw.feedback as Feedback) ? { feedback: raw.feedback as Feedback } : {}),
    ...(isInstant(raw.from) ? { from: raw.from } : {}),
    ...(isInstant(raw.to) ? { to: raw.to } : {}),
    ...(isRange(raw.range) ? { range: raw.range } : {}),
    ...(isAmount(raw.took) ? { took: raw.took } : {}),
    ...(isAmount(raw.cost) ? { cost: raw.cost } : {}),
    ...(SORTS.includes(raw.sort as RunSort) ? { sort: raw.sort as RunSort } : {}),
    ...(typeof raw.preview === "string" ? { preview: raw.preview } : {}),
  };
}

/** What the API is asked for. `since` is the instant at which the chosen time begins: the same while the page is open. */
export function filterOf(search: RunsSearch, since: string): RunFilter {
  return {
    ...(search.status === undefined ? {} : { status: search.status }),
    ...(search.outcome === undefined ? {} : { outcome: search.outcome }),
    ...(search.agent === undefined ? {} : { agent_id: search.agent }),
    ...(search.trigger === undefined ? {} : { trigger: search.trigger }),
    ...(search.q === undefined || search.q.trim() === "" ? {} : { q: search.q.trim() }),
    ...(search.tag === undefined ? {} : { tag: [...search.tag] }),
    ...(search.metadata === undefined ? {} : { metadata: search.metadata.map(asParameter) }),
    ...(search.feedback === undefined ? {} : { feedback: search.feedback }),
    ...(search.from === undefined ? {} : { ended_after: search.from }),
    ...(search.to === undefined ? {} : { ended_before: search.to }),
    ...(search.range === undefined ? {} : { created_after: since }),
    ...(search.took === undefined ? {} : { min_duration_ms: Math.round(search.took * 1000) }),
    ...(search.cost === undefined ? {} : { min_cost_usd: search.cost }),
    ...(search.sort === undefined ? {} : { sort: search.sort }),
  };
}

function isAmount(value: unknown): value is number {
  return typeof value === "number" && value > 0 && value <= 1_000_000;
}

function isInstant(value: unknown): value is string {
  return typeof value === "string" && /^\d{4}-\d\d-\d\dT/.test(value) && !Number.isNaN(Date.parse(value));
}

export function isFiltered(search: RunsSearch): boolean {
  const { sort: _, ...filter } = filterOf(search, "");
  return Object.keys(filter).length > 0;
}

/** The search without its filters; what is previewed stays. */
export const NO_FILTERS = {
  status: undefined,
  outcome: undefined,
  agent: undefined,
  trigger: undefined,
  q: undefined,
  tag: undefined,
  metadata: undefined,
  feedback: undefined,
  from: undefined,
  to: undefined,
  range: undefined,
  took: undefined,
  cost: undefined,
} as const;

/** "key=value", as it is written here, is "key:value" in the API; keys contain neither. */
function asParameter(entry: string): string {
  const at = entry.indexOf("=");
  return `${entry.slice(0, at)}:${entry.slice(at + 1)}`;
}

/** The distinct words of a parameter that may be one word or a list; a word that looks like a number is a word. */
function list<K extends string>(key: K, value: unknown, isFine = (word: string) => word !== ""): { [P in K]?: string[] } {
  const given = (Array.isArray(value) ? value : [value]).filter((one) =>
    ["string", "number", "boolean"].includes(typeof one),
  );
  const words = [...new Set(given.map(String).filter(isFine))];
  return words.length === 0 ? {} : ({ [key]: words } as { [P in K]?: string[] });
}
