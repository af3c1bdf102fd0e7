/** What of the run's page stands in its address: the tab, the chosen step, filters. Anything unreadable is left out. */
import type { StepType } from "@/api/types";
import { LEVELS } from "../logs/log-filter";
import type { LogLevel } from "../types";

export const TABS = ["steps", "graph", "members", "waterfall", "map", "chat", "logs", "files"] as const;
export type RunTab = (typeof TABS)[number];

const STEP_TYPES: readonly StepType[] = [
  "llm_call",
  "tool",
  "member",
  "agent",
  "team",
  "workflow",
  "decision",
  "transform",
  "approval",
  "wait",
  "input",
  "output",
];

/** A change of an address's search: undefined takes a part out. */
export type Change<T> = { [K in keyof T]?: T[K] | undefined };

/** The last tab, which every run has. */
export const HISTORY = "history";
export type ShownTab = RunTab | typeof HISTORY;

export interface RunSearch {
  tab?: ShownTab;
  step?: string;
  thought?: string;
  file?: string;
  types?: StepType[];
  errors?: true;
  find?: string;
  levels?: LogLevel[];
  log?: string;
  /** The moment that is shown, in milliseconds from the run's creation. */
  at?: number;
  raw?: true;
  /** Shows what the chosen model step was sent. */
  request?: true;
}

export function readRunSearch(raw: Record<string, unknown>): RunSearch {
  const types = listOf(raw.types, STEP_TYPES);
  const levels = listOf(raw.levels, LEVELS);
  return {
    ...(raw.tab === HISTORY || TABS.includes(raw.tab as RunTab) ? { tab: raw.tab as ShownTab } : {}),
    ...text("step", raw.step),
    ...text("thought", raw.thought),
    ...text("file", raw.file),
    ...text("find", raw.find),
    ...text("log", raw.log),
    ...(types.length > 0 ? { types } : {}),
    ...(levels.length > 0 ? { levels } : {}),
    ...(typeof raw.at === "number" && raw.at >= 0 ? { at: raw.at } : {}),
    ...(raw.errors === true ? { errors: true as const } : {}),
    ...(raw.raw === true ? { raw: true as const } : {}),
    ...(raw.request === true ? { request: true as const } : {}),
  };
}

/** What a router's address parser makes of a word that looks like a number is a word again here. */
function text<K extends string>(key: K, value: unknown): { [P in K]?: string } {
  if (typeof value !== "string" && typeof value !== "number") return {};
  return value === "" ? {} : ({ [key]: String(value) } as { [P in K]?: string });
}

function listOf<T extends string>(value: unknown, allowed: readonly T[]): T[] {
  const given = Array.isArray(value) ? value : [value];
  return allowed.filter((one) => given.includes(one));
}
