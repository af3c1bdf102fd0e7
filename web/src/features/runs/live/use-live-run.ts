import { type QueryClient, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { requestHeaders } from "@/api/client";
import { useLiveNews } from "@/api/live";
import { parseJson } from "@/lib/exact-json";
import { connectSse, type SseEvent, type SseState } from "@/lib/sse";
import { pagesOf, readRun, runKeys, runView, toolCalls } from "../api";
import { type Delta, isOver, type RunEvent } from "../types";
import { fold, merge, mergeRun, type RunState, type StreamEvent } from "./fold";

/** How far back the stream begins: steps that are under way are only in events, not in the lists. */
const OVERLAP = 500;
/** Events are drawn together: 16 times a second is live to the eye, and a fast model costs no more than a slow one. */
const GATHER_MS = 60;
const ROWS_AFTER_MS = 150;

/** A run as it happens: the lists first, then the events on top of them, from where the lists end. */
export function useLiveRun(runId: string) {
  const client = useQueryClient();
  const view = useQuery(runView(runId, client));
  const calls = useQuery(toolCalls(runId));
  const [connection, setConnection] = useState<SseState["kind"]>("connecting");
  const isLoaded = view.data !== undefined;
  const isLive = isLoaded && view.data.run !== null && !isOver(view.data.run.status);

  useEffect(() => {
    if (!isLive) return;
    return follow(client, runId, (state) => setConnection(state.kind));
  }, [client, runId, isLive]);

  // A run's own stream ends with it. What its worker still adds to a cancelled run is announced on the organization's stream.
  useLiveNews(({ topic, data }) => {
    if (topic === "run" && data.id === runId && isLoaded && !isLive) void readEnd(client, runId);
  });

  return { view, calls: calls.data ?? [], connection: isLive ? connection : "closed", isLive } as const;
}

/** Reads again what may change of a run that is over. */
async function readEnd(client: QueryClient, runId: string): Promise<void> {
  const put = (change: (state: RunState) => RunState) =>
    client.setQueryData<RunState>(runKeys.view(runId), (state) => state && change(state));
  // What could not be read now is read when the page is opened again.
  await Promise.allSettled([
    pagesOf("/api/v1/runs/{run_id}/steps", runId).then((steps) => put((state) => merge(state, { steps }))),
    readRun(runId).then((run) => put((state) => mergeRun(state, run))),
    client.invalidateQueries({ queryKey: runKeys.overview(runId) }),
  ]);
}

function follow(client: QueryClient, runId: string, onState: (state: SseState) => void): () => void {
  const key = runKeys.view(runId);
  const waiting: StreamEvent[] = [];
  let gather: ReturnType<typeof setTimeout> | undefined;
  const rows = rowsReader(client, runId);

  const flush = () => {
    gather = undefined;
    const events = waiting.splice(0);
    client.setQueryData<RunState>(key, (state) => state && fold(state, events));
    rows.after(events);
  };
  const onEvent = (event: SseEvent) => {
    const read = readEvent(event);
    if (!read) return;
    waiting.push(read);
    gather ??= setTimeout(flush, GATHER_MS);
  };
  const state = client.getQueryData<RunState>(key);
  const after = Math.max(0, Math.max(state?.sequence ?? 0, state?.run?.last_sequence ?? 0) - OVERLAP);
  const connection = connectSse({
    url: `/api/v1/runs/${runId}/events?after=${after}`,
    headers: () => requestHeaders("GET"),
    endEvent: "end",
    onEvent,
    onState,
  });
  return () => {
    connection.close();
    clearTimeout(gather);
    if (waiting.length > 0) flush();
    rows.stop();
  };
}

function readEvent({ event, data }: SseEvent): StreamEvent | null {
  if (event === "end" || event === "access_ended") return null;
  const body = parseJson(data);
  if (event === "token" || event === "reasoning") return { type: event, data: body as Delta["data"] };
  return body as RunEvent;
}

/** Events are thin: after some of them the rows are read, once for many that come together. */
function rowsReader(client: QueryClient, runId: string) {
  const wanted = new Set<"steps" | "run" | "approvals">();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const key = runKeys.view(runId);
  const put = (change: (state: RunState) => RunState) =>
    client.setQueryData<RunState>(key, (state) => state && change(state));

  const read = async () => {
    timer = undefined;
    const what = new Set(wanted);
    wanted.clear();
    const reads: Promise<unknown>[] = [client.invalidateQueries({ queryKey: runKeys.calls(runId) })];
    if (what.has("steps"))
      reads.push(pagesOf("/api/v1/runs/{run_id}/steps", runId).then((steps) => put((state) => merge(state, { steps }))));
    if (what.has("approvals"))
      reads.push(
        pagesOf("/api/v1/runs/{run_id}/approvals", runId).then((approvals) => put((state) => merge(state, { approvals }))),
      );
    if (what.has("run")) reads.push(client.invalidateQueries({ queryKey: runKeys.logs(runId) }));
    if (what.has("run") || what.has("approvals"))
      reads.push(client.invalidateQueries({ queryKey: runKeys.overview(runId) }));
    if (what.has("run")) reads.push(readRun(runId).then((run) => put((state) => mergeRun(state, run))));
    // What could not be read now is read with the next event, or when the page is opened again.
    await Promise.allSettled(reads);
  };
  const ask = (...lists: ("steps" | "run" | "approvals")[]) => {
    for (const one of lists) wanted.add(one);
    timer ??= setTimeout(() => void read(), ROWS_AFTER_MS);
  };
  return {
    after(events: readonly StreamEvent[]) {
      for (const { type } of events) {
        if (type === "step.completed") ask("steps");
        else if (type.startsWith("approval.")) ask("steps", "approvals");
        else if (type.startsWith("run.")) ask("run", "steps", "approvals");
      }
    },
    stop() {
      if (timer === undefined) return;
      clearTimeout(timer);
      void read();
    },
  };
}
