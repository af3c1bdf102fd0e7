import { type InfiniteData, useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useRef, useState } from "react";
import { useLiveNews } from "@/api/live";
import type { Page, Run } from "@/api/types";
import { stringifyJson } from "@/lib/exact-json";
import { readRun, readRuns, runKeys, runList } from "../api";
import { newIds, patchPages, type RunFilter, type RunNews } from "./run-feed";

const GATHER_MS = 250;
/** A run that has ended has figures that its news do not carry: it is read, a few at a time. */
const READ_AT_MOST = 5;

/** Keeps the shown rows current and counts runs that are new, from the organization's stream. */
export function useRunsFeed(filter: RunFilter, pages: readonly Page<Run>[] | undefined) {
  const client = useQueryClient();
  const key = stringifyJson(filter);
  const [fresh, setFresh] = useState<readonly string[]>([]);
  const waiting = useRef<RunNews[]>([]);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const shown = useRef(pages);
  shown.current = pages;

  // biome-ignore lint/correctness/useExhaustiveDependencies: another filter is another list
  useEffect(() => setFresh([]), [key]);
  useEffect(() => () => clearTimeout(timer.current), []);

  const flush = () => {
    timer.current = undefined;
    const news = waiting.current.splice(0);
    const put = (told: readonly RunNews[]) =>
      client.setQueriesData<InfiniteData<Page<Run>, string | null>>(
        { queryKey: runKeys.lists },
        (data) => data && { ...data, pages: [...patchPages(data.pages, told)] },
      );
    put(news);
    if (shown.current) {
      const found = newIds(shown.current, news, filter);
      if (found.length > 0) setFresh((before) => [...new Set([...before, ...found])]);
    }
    const rows = new Set(shown.current?.flatMap((page) => page.items.map((run) => run.id)));
    const moved = [...new Set(news.map((one) => one.id))].filter((id) => rows.has(id)).slice(0, READ_AT_MOST);
    void Promise.allSettled(moved.map((id) => readRun(id))).then((read) =>
      put(read.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []))),
    );
  };
  // News that were lost: the head of the list tells of new runs, and of most that have changed.
  const lookAgain = async () => {
    const head = await readRuns(filter);
    waiting.current.push(...head.items);
    timer.current ??= setTimeout(flush, GATHER_MS);
  };
  useLiveNews(({ topic, data }) => {
    // What cannot be read now is read with the next news.
    if (topic === "resync") void lookAgain().catch(() => undefined);
    if (topic !== "run") return;
    waiting.current.push(data as RunNews);
    timer.current ??= setTimeout(flush, GATHER_MS);
  });

  const show = useCallback(() => {
    setFresh([]);
    return client.resetQueries({ queryKey: runList(filter).queryKey });
  }, [client, filter]);
  return { newCount: fresh.length, show };
}
