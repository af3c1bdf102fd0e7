import { useInfiniteQuery } from "@tanstack/react-query";
import { useCallback, useMemo } from "react";
import { ErrorState } from "@/components/ui/error-state";
import { SkeletonRows } from "@/components/ui/skeleton";
import { runLogs } from "../api";
import { merge, type RunState } from "../live/fold";
import { logsAt } from "../playhead/state-at";
import type { RunSearch } from "../view/run-search";
import type { RunViewProps } from "../view/run-view-props";
import { LogsTab } from "./logs-tab";

interface Props {
  readonly state: RunState;
  /** The moment up to which lines are shown; undefined is all of them. */
  readonly until: number | undefined;
  readonly isLive: boolean;
  readonly search: RunSearch;
  readonly onSearch: RunViewProps["onSearch"];
}

/** Reads the log's pages as they are scrolled to, and joins to them what the stream told. */
export function LogsPane({ state, until, isLive, search, onSearch }: Props) {
  const pages = useInfiniteQuery(runLogs(state.run?.id ?? ""));
  const { fetchNextPage, isFetchingNextPage, hasNextPage } = pages;
  const more = useCallback(() => {
    if (!isFetchingNextPage) void fetchNextPage();
  }, [fetchNextPage, isFetchingNextPage]);
  const logs = useMemo(() => {
    const stored = pages.data?.pages.flatMap((page) => page.items) ?? [];
    const all = merge({ ...state, logs: hasNextPage ? [] : state.logs }, { logs: stored }).logs;
    return until === undefined ? all : logsAt(all, until);
  }, [pages.data, hasNextPage, state, until]);

  if (pages.isPending) return <SkeletonRows label="Loading the log" />;
  if (pages.isLoadingError) return <ErrorState error={pages.error} onRetry={() => void pages.refetch()} />;
  return (
    <LogsTab
      logs={logs}
      filter={{ levels: search.levels ?? [], text: search.log ?? "" }}
      onFilter={({ levels, text }) =>
        onSearch({ levels: levels.length > 0 ? [...levels] : undefined, log: text === "" ? undefined : text })
      }
      isLive={isLive}
      hasMore={hasNextPage}
      onMore={more}
      selectedStep={search.step}
      onSelectStep={(step) => onSearch({ step })}
    />
  );
}
