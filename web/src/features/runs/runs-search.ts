/** What of the list of runs stands in its address: the filters and the run that is looked at beside the list. */
import type { RunStatus, RunTrigger } from "@/api/types";
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

export const FEEDBACK = ["up", "down", "none"] as const;
export type Feedback = (typeof FEEDBACK)[number];

export interface RunsSearch {
  status?: RunStatus;
  agent?: string;
  trigger?: RunTrigger;
  q?: string;
  tag?: string;
  feedback?: Feedback;
  preview?: string;
}

export function readRunsSearch(raw: Record<string, unknown>): RunsSearch {
  return {
    ...(STATUSES.includes(raw.status as RunStatus) ? { status: raw.status as RunStatus } : {}),
    ...(typeof raw.agent === "string" && raw.agent !== "" ? { agent: raw.agent } : {}),
    ...(TRIGGERS.includes(raw.trigger as RunTrigger) ? { trigger: raw.trigger as RunTrigger } : {}),
    ...(typeof raw.q === "string" || typeof raw.q === "number" ? { q: String(raw.q) } : {}),
    ...(typeof raw.tag === "string" || typeof raw.tag === "number" ? { tag: String(raw.tag) } : {}),
    ...(FEEDBACK.includes(raw.feedback as Feedback) ? { feedback: raw.feedback as Feedback } : {}),
    ...(typeof raw.preview === "string" ? { preview: raw.preview } : {}),
  };
}

export function filterOf(search: RunsSearch): RunFilter {
  return {
    ...(search.status === undefined ? {} : { status: search.status }),
    ...(search.agent === undefined ? {} : { agent_id: search.agent }),
    ...(search.trigger === undefined ? {} : { trigger: search.trigger }),
    ...(search.q === undefined || search.q.trim() === "" ? {} : { q: search.q.trim() }),
    ...(search.tag === undefined ? {} : { tag: [search.tag] }),
    ...(search.feedback === undefined ? {} : { feedback: search.feedback }),
  };
}

export function isFiltered(search: RunsSearch): boolean {
  if (search.tag !== undefined || search.feedback !== undefined) return true;
  return (
    search.status !== undefined || search.agent !== undefined || search.trigger !== undefined || (search.q ?? "") !== ""
  );
}
