/** What the usage feature asks of the API. */
import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";
import type { UsageDimension, UsageKind } from "@/api/types";
import { type Range, windowOf } from "@/lib/range";

const REFETCH_MS = 30_000;

export interface UsageAsked {
  by: UsageDimension;
  kind: UsageKind | undefined;
  range: Range;
}

export function usageReport(asked: UsageAsked) {
  return queryOptions({
    queryKey: ["usage", asked],
    queryFn: ({ signal }) => unwrap(api.GET("/api/v1/usage", { params: { query: queryOf(asked) }, signal })),
    placeholderData: keepPreviousData,
    refetchInterval: REFETCH_MS,
  });
}

/** The report as CSV. */
export function readUsageCsv(asked: UsageAsked): Promise<string> {
  const params = { query: queryOf(asked) };
  return unwrap(api.GET("/api/v1/usage/export", { params, parseAs: "text" }));
}

function queryOf({ by, kind, range }: UsageAsked) {
  return { group_by: [by], ...windowOf(range, Date.now()), ...(kind ? { kind } : {}) };
}
