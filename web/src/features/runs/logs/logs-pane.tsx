import { useInfiniteQuery } from "@tanstack/react-query";
import { useCallback, useMemo } from "react";
import { ErrorState } from "@/components/ui/error-state";
import { SkeletonRows } from "@/components/ui/skeleton";
import { runLogs } from "../api";
import { merge, type RunState } from "../live/fold";
import type { RunSearch } from "../view/run-search";
import type { RunViewProps } from "../view/run-view-props";
import { LogsTab } from "./logs-tab";

interface Props {
  readonly state: RunState;
  readonly isLive: boolean;
  readonly search: RunSearch;
  readonly onSearch: RunViewProps["onSearch"];
}

/** Reads the log's pages as they are scrolled to, and joins to them what the stream told. */
export function LogsPane({ state, isLive, search, onSearch }: Props) {
  const pages = useInfiniteQuery(runLogs(state.run?.id ?? ""));
  const { fetchNextPage, isFetchingNextPage, hasNextPage } = pages;
  const more = useCallback(() => {
    if (!isFetchingNextPage) void fetchNextPage();
  }, [fetchNextPage, isFetchingNextPage]);
  const logs = useMemo(() => {
    const stored = pages.data?.pages.flatMap((page) => page.items) ?? [];
    return merge({ ...state, logs: hasNextPage ? [] : state.logs }, { logs: stored }).logs;
  }, [pages.data, hasNextPage, state]);

  if (pages.isPending) return <SkeletonRows label="Loading the log" />;
  if (pages.isError) return <ErrorState error={pages.error} onRetry={() => void pages.refetch()} />;
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
