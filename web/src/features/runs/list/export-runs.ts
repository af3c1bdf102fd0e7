import type { Run } from "@/api/types";
import { csvOf } from "@/lib/csv";
import { download } from "@/lib/download";
import { readRuns } from "../api";
import type { RunFilter } from "./run-feed";

/** More rows are too many for a browser; programs read the API. */
const MOST = 10_000;
const PAGE = 200;

const COLUMNS: readonly (readonly [string, (run: Run) => string | number | null | undefined])[] = [
  ["id", (run) => run.id],
  ["status", (run) => run.status],
  ["type", (run) => run.type],
  ["target", (run) => run.target_name],
  ["version", (run) => run.agent_version],
  ["trigger", (run) => run.trigger],
  ["started_by", (run) => run.triggered_by_name],
  ["input", (run) => run.input_preview],
  ["error", (run) => run.error_message],
  ["created_at", (run) => run.created_at],
  ["started_at", (run) => run.started_at],
  ["completed_at", (run) => run.completed_at],
  ["queued_ms", (run) => run.queued_ms],
  ["duration_ms", (run) => run.duration_ms],
  ["input_tokens", (run) => run.resource_usage.input_tokens],
  ["output_tokens", (run) => run.resource_usage.output_tokens],
  ["cost_usd", (run) => run.resource_usage.cost_usd],
  ["tags", (run) => run.tags.join(" ")],
];

/** Saves all runs that a filter leaves, in the order of the list; returns how many, and whether there are more. */
export async function exportRuns(filter: RunFilter): Promise<{ count: number; isCut: boolean }> {
  const rows: Run[] = [];
  let cursor: string | null = null;
  do {
    const page: { items: readonly Run[]; next_cursor: string | null } = await readRuns(filter, cursor, undefined, PAGE);
    rows.push(...page.items);
    cursor = page.next_cursor;
  } while (cursor !== null && rows.length < MOST);
  const text = csvOf(
    COLUMNS.map(([name]) => name),
    rows.map((run) => COLUMNS.map(([, value]) => value(run))),
  );
  download("runs.csv", text, "text/csv");
  return { count: rows.length, isCut: cursor !== null };
}
