import type { RetentionChoice, RetentionRule } from "@/api/types";

/** What each kind is called, and what goes with it. */
export const KINDS: Record<RetentionRule["kind"], { label: string; hint: string }> = {
  runs: { label: "Runs", hint: "Finished runs with everything they recorded, and runs that have waited for as long." },
  logs: { label: "Logs", hint: "Log lines of finished runs." },
  events: { label: "Events", hint: "Events of finished runs." },
  thoughts: { label: "Thoughts", hint: "Thoughts of finished runs." },
  files: { label: "Files", hint: "Files that finished runs made." },
  messages: { label: "Messages", hint: "Conversations and messages with their attachments." },
  alerts: { label: "Alerts", hint: "Resolved alerts and what was sent about them." },
  metrics: { label: "Metrics", hint: "Metrics of agents at every resolution." },
  usage: { label: "Usage", hint: "Requests, model calls and their hourly sums." },
  audit: { label: "Audit log", hint: "Who changed what." },
  notifications: { label: "Notifications", hint: "Notifications of members." },
};

export type Draft = Record<string, number | null>;

export function draftOf(rules: readonly RetentionRule[]): Draft {
  return Object.fromEntries(rules.map(({ kind, days }) => [kind, days]));
}

export function choiceOf(draft: Draft): RetentionChoice {
  // The server names the field of a number that is missing.
  return draft as unknown as RetentionChoice;
}

/** What an empty field means. */
export function followed({ follows, effective_days, days }: RetentionRule, draft: Draft): string {
  if (follows === "runs") return `As runs (${draft.runs ?? "—"})`;
  if (follows === "installation") return days === null ? `Default (${effective_days})` : "Default";
  return "";
}
