import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import type { ToolCallState } from "@/api/types";
import { ErrorState } from "@/components/ui/error-state";
import { Field } from "@/components/ui/field";
import { LoadMore } from "@/components/ui/load-more";
import { Select } from "@/components/ui/select";
import { SkeletonRows } from "@/components/ui/skeleton";
import { StatusBadge } from "@/components/ui/status-badge";
import { RelativeTime } from "@/components/ui/time";
import { bytes, duration } from "@/lib/format";
import { toolCalls } from "./kind-api";

const STATES: readonly ToolCallState[] = ["succeeded", "failed", "unknown", "started"];

/** The calls that runs made of a tool, newest first. */
export function ToolCalls({ toolId }: { readonly toolId: string }) {
  const [state, setState] = useState<ToolCallState | "">("");
  const pages = useInfiniteQuery(toolCalls(toolId, state));
  const calls = pages.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <section aria-label="Calls" className="flex flex-col gap-3">
      <Field label="State" className="w-48">
        {(control) => (
          <Select {...control} value={state} onChange={(event) => setState(event.target.value as ToolCallState | "")}>
            <option value="">All states</option>
            {STATES.map((each) => (
              <option key={each}>{each}</option>
            ))}
          </Select>
        )}
      </Field>
      {pages.isPending && <SkeletonRows label="Loading calls" />}
      {pages.isError && <ErrorState error={pages.error} onRetry={() => void pages.refetch()} />}
      {pages.isSuccess && calls.length === 0 && (
        <p className="text-muted text-sm">
          {state === "" ? "No run has called this tool yet." : `No calls in state ${state}.`}
        </p>
      )}
      <ul className="flex flex-col divide-y divide-line">
        {calls.map((call) => (
          <li key={call.id} className="flex flex-col gap-1 py-2 text-sm">
            <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
              <StatusBadge status={call.state} />
              <Link to="/runs/$runId" params={{ runId: call.run_id }} className="text-accent-text hover:underline">
                {call.agent_name ?? "a run"}
              </Link>
              <span className="text-muted tabular-nums">
                {call.duration_ms === null ? "running" : duration(call.duration_ms)}
              </span>
              <span className="text-muted text-xs">
                {bytes(call.arguments_bytes)} in, {bytes(call.result_bytes)} out
                {call.attempts > 1 && `, ${call.attempts} attempts`}
              </span>
              <RelativeTime at={call.created_at} className="ml-auto text-muted text-xs" />
            </div>
            {call.error_message !== null && <p className="break-words text-danger text-xs">{call.error_message}</p>}
          </li>
        ))}
      </ul>
      <LoadMore query={pages} />
    </section>
  );
}
