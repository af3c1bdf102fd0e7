import { queryOptions } from "@tanstack/react-query";
import { api, unwrap } from "./client";

/** How runs of the organization are traced: where, and whether their content leaves. Settings and runs both show it. */
export const tracingQuery = queryOptions({
  queryKey: ["tracing"],
  queryFn: ({ signal }) => unwrap(api.GET("/api/v1/organizations/current/tracing", { signal })),
  staleTime: 300_000,
});

/** The address at which a person looks at a trace; null where the operator has set none. */
export function traceAddress(link: string | null | undefined, traceId: string): string | null {
  return link ? link.replace("{trace_id}", encodeURIComponent(traceId)) : null;
}
