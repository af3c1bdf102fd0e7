/** Which log lines a filter leaves, and where in a line the search hit. */
import type { Log } from "@/api/types";
import type { LogLevel } from "../types";

export interface LogFilter {
  readonly levels: readonly LogLevel[];
  /** Plain text, or a regular expression between slashes: `/time.?out/`. */
  readonly text: string;
}

export const LEVELS: readonly LogLevel[] = ["debug", "info", "warning", "error"];

/** The search as an expression; null when there is none, "invalid" when it cannot be read. */
export function searchOf(text: string): RegExp | null | "invalid" {
  const trimmed = text.trim();
  if (trimmed === "") return null;
  const expression = /^\/(.+)\/$/.exec(trimmed)?.[1];
  try {
    return new RegExp(expression ?? trimmed.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"), "gi");
  } catch {
    return "invalid";
  }
}

export function filterLogs(logs: readonly Log[], filter: LogFilter): readonly Log[] {
  const search = searchOf(filter.text);
  const levels = filter.levels.length > 0 ? new Set(filter.levels) : null;
  if (levels === null && !(search instanceof RegExp)) return logs;
  return logs.filter((log) => {
    if (levels !== null && !levels.has(log.level)) return false;
    if (!(search instanceof RegExp)) return true;
    search.lastIndex = 0;
    return search.test(log.message);
  });
}

export interface Piece {
  readonly at: number;
  readonly text: string;
  readonly isHit: boolean;
}

/** A line cut into hits and what stands between them. */
export function pieces(message: string, search: RegExp | null): Piece[] {
  if (search === null) return [{ at: 0, text: message, isHit: false }];
  const found: Piece[] = [];
  let end = 0;
  for (const match of message.matchAll(search)) {
    if (match[0] === "") break;
    if (match.index > end) found.push({ at: end, text: message.slice(end, match.index), isHit: false });
    found.push({ at: match.index, text: match[0], isHit: true });
    end = match.index + match[0].length;
  }
  if (end < message.length || found.length === 0) found.push({ at: end, text: message.slice(end), isHit: false });
  return found;
}

export function countByLevel(logs: readonly Log[]): Record<LogLevel, number> {
  const counts = { debug: 0, info: 0, warning: 0, error: 0 };
  for (const log of logs) counts[log.level] += 1;
  return counts;
}
