/**
 * The organization's news: one stream for the whole page. A query that must be refetched after a change declares it in
 * its meta (`meta: { live: ["run"] }`); a component that wants the news themselves listens with `useLiveNews`.
 */

import { type QueryClient, useQueryClient } from "@tanstack/react-query";
import { createContext, type ReactNode, useContext, useEffect, useMemo, useRef, useState } from "react";
import { parseJson } from "@/lib/exact-json";
import { connectSse, type SseConnection, type SseEvent, type SseState } from "@/lib/sse";
import { requestHeaders } from "./client";
import { endSession, recheckSession } from "./session";

export type LiveTopic =
  | "run"
  | "agent"
  | "team"
  | "workflow"
  | "schedule"
  | "deployment"
  | "approval"
  | "alert"
  | "notification";

export interface LiveNews {
  /** "resync": news may have been lost, what is shown must be looked at again. */
  readonly topic: LiveTopic | "resync";
  readonly data: { readonly id: string; readonly [field: string]: unknown };
}

export type LiveState =
  | { readonly kind: "live" | "connecting" | "paused" | "refused" }
  | { readonly kind: "waiting"; readonly retryAt: number };

interface Live {
  readonly state: LiveState;
  /** Stops the news, or takes them up again; for a reader who wants the page to hold still. */
  readonly toggle: () => void;
  readonly listen: (listener: (news: LiveNews) => void) => () => void;
}

const TOPICS: readonly string[] = [
  "run",
  "agent",
  "team",
  "workflow",
  "schedule",
  "deployment",
  "approval",
  "alert",
  "notification",
] satisfies LiveTopic[];
/** News are gathered, so that a busy organization repaints a page once a second and not a hundred times. */
const GATHER_MS = 1000;

const LiveContext = createContext<Live | null>(null);

function stateOf(state: SseState, isRefused: boolean): LiveState {
  if (isRefused) return { kind: "refused" };
  if (state.kind === "waiting") return state;
  return { kind: state.kind === "open" ? "live" : "connecting" };
}

function parseNews(event: SseEvent): LiveNews | null {
  if (!TOPICS.includes(event.event)) return null;
  const data: unknown = parseJson(event.data);
  if (typeof data !== "object" || data === null || !("id" in data)) return null;
  return { topic: event.event as LiveTopic, data: data as LiveNews["data"] };
}

function isInterested(meta: Record<string, unknown> | undefined, topics: ReadonlySet<string>): boolean {
  const wanted = meta?.live;
  return Array.isArray(wanted) && wanted.some((topic) => topics.has(topic as string));
}

function refresh(client: QueryClient, topics: ReadonlySet<string>): void {
  void client.invalidateQueries({ predicate: (query) => isInterested(query.meta, topics) });
}

/** Gathers topics and has their queries read again once per interval. */
function createGatherer(client: QueryClient) {
  const topics = new Set<string>();
  let timer: ReturnType<typeof setTimeout> | null = null;
  return {
    add(topic: string) {
      topics.add(topic);
      timer ??= setTimeout(() => {
        timer = null;
        refresh(client, new Set(topics));
        topics.clear();
      }, GATHER_MS);
    },
    stop() {
      if (timer !== null) clearTimeout(timer);
    },
  };
}

export function LiveProvider({ organizationId, children }: { organizationId: string | null; children: ReactNode }) {
  const client = useQueryClient();
  const [state, setState] = useState<LiveState>({ kind: "connecting" });
  const [isPaused, setIsPaused] = useState(false);
  const listeners = useRef(new Set<(news: LiveNews) => void>());
  /** Stays over a pause: what was missed in the meantime is read again at the next opening. */
  const wasOpen = useRef(false);

  useEffect(() => {
    if (isPaused || organizationId === null) return;
    const gatherer = createGatherer(client);
    let isRefused = false;
    let isSignedOut = false;
    const resync = () => {
      for (const topic of TOPICS) gatherer.add(topic);
      for (const listener of listeners.current) listener({ topic: "resync", data: { id: "" } });
    };
    const connection: SseConnection = connectSse({
      url: "/api/v1/live",
      headers: () => requestHeaders("GET"),
      onEvent(event) {
        if (event.event === "resync") return resync();
        const news = parseNews(event);
        if (!news) return;
        gatherer.add(news.topic);
        for (const listener of listeners.current) listener(news);
      },
      onRefused(response) {
        isRefused = true;
        isSignedOut = response.status === 401;
        if (isSignedOut) endSession(client);
        else void recheckSession(client).catch(() => undefined); // what it could not read is read at the next refusal
      },
      onState(next) {
        // The guard of the pages draws next: a page that were drawn first would miss its session.
        if (isSignedOut) return;
        setState(stateOf(next, isRefused));
        // What happened while the line was down was not told: everything live is read again.
        if (next.kind === "open" && wasOpen.current) resync();
        wasOpen.current ||= next.kind === "open";
      },
    });
    const online = () => connection.reconnect();
    window.addEventListener("online", online);
    return () => {
      window.removeEventListener("online", online);
      gatherer.stop();
      connection.close();
    };
  }, [client, organizationId, isPaused]);

  const live = useMemo<Live>(
    () => ({
      state: isPaused ? { kind: "paused" } : state,
      toggle() {
        setIsPaused((wasPaused) => !wasPaused);
        if (isPaused) refresh(client, new Set(TOPICS));
      },
      listen(listener) {
        listeners.current.add(listener);
        return () => listeners.current.delete(listener);
      },
    }),
    [client, isPaused, state],
  );
  return <LiveContext value={live}>{children}</LiveContext>;
}

export function useLive(): Live {
  const live = useContext(LiveContext);
  if (!live) throw new Error("useLive needs a LiveProvider above it.");
  return live;
}

/** Calls back with each of the organization's news; the newest callback is used. */
export function useLiveNews(onNews: (news: LiveNews) => void): void {
  const live = useContext(LiveContext);
  const latest = useRef(onNews);
  latest.current = onNews;
  const listen = live?.listen;
  useEffect(() => listen?.((news) => latest.current(news)), [listen]);
}
