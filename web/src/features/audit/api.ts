import { infiniteQueryOptions } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";
import type { AuditEntry } from "@/api/types";
import { defined } from "@/lib/defined";
import { stringifyJson } from "@/lib/exact-json";
import { type Range, windowOf } from "@/lib/range";

const PAGE = 50;

export interface AuditFilter {
  action?: string | undefined;
  actor_id?: string | undefined;
  target_id?: string | undefined;
  range?: Range | undefined;
}

/** More entries are too many for a browser; programs read the API. */
const MOST = 10_000;

/** What the API is asked for; `now` is the end of the chosen time. */
function queryOf({ range, ...filter }: AuditFilter, now: number) {
  return { ...defined(filter), ...(range ? { created_after: windowOf(range, now).start } : {}) };
}

export function auditList(filter: AuditFilter) {
  return infiniteQueryOptions({
    queryKey: ["audit", "list", filter],
    queryFn: ({ pageParam, signal }) => {
      const query = { limit: PAGE, ...queryOf(filter, Date.now()), ...(pageParam === null ? {} : { cursor: pageParam }) };
      return unwrap(api.GET("/api/v1/audit-log", { params: { query }, signal }));
    },
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
  });
}

/** The entries that a filter leaves, one JSON document a line, newest first. */
export async function readAuditLines(filter: AuditFilter): Promise<string> {
  const asked = queryOf(filter, Date.now());
  const entries: AuditEntry[] = [];
  let cursor: string | null = null;
  do {
    const query = { limit: 200, ...asked, ...(cursor === null ? {} : { cursor }) };
    const page: { items: AuditEntry[]; next_cursor: string | null } = await unwrap(
      api.GET("/api/v1/audit-log", { params: { query } }),
    );
    entries.push(...page.items);
    cursor = page.next_cursor;
  } while (cursor !== null && entries.length < MOST);
  return entries.map((entry) => `${stringifyJson(entry)}\n`).join("");
}
