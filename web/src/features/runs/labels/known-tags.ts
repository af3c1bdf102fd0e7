import { type InfiniteData, useQueryClient } from "@tanstack/react-query";
import type { Page, Run } from "@/api/types";
import { runKeys } from "../api";

const MOST = 100;

/** The tags of the runs that were listed in this window, to be offered where a tag is typed. */
export function useKnownTags(): readonly string[] {
  const lists = useQueryClient().getQueriesData<InfiniteData<Page<Run>>>({ queryKey: runKeys.lists });
  const tags = lists.flatMap(([, data]) => data?.pages.flatMap((page) => page.items.flatMap((run) => run.tags)) ?? []);
  return [...new Set(tags)].sort().slice(0, MOST);
}
