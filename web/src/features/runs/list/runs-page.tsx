import { useInfiniteQuery, useMutation } from "@tanstack/react-query";
import { Download, Plus } from "lucide-react";
import { type ReactNode, useMemo, useState } from "react";
import type { Approval } from "@/api/types";
import { SavedViews } from "@/components/saved-views";
import { Button, IconButton } from "@/components/ui/button";
import { ErrorState } from "@/components/ui/error-state";
import { Kbd } from "@/components/ui/kbd";
import { SkeletonRows } from "@/components/ui/skeleton";
import { useToast } from "@/components/ui/toast";
import { plural } from "@/lib/format";
import { windowOf } from "@/lib/range";
import { runList } from "../api";
import type { Change } from "../view/run-search";
import { BulkBar } from "./bulk-bar";
import { ColumnsMenu } from "./columns-menu";
import { exportRuns } from "./export-runs";
import { NewRunDialog } from "./new-run-dialog";
import { NoRuns } from "./no-runs";
import { useRunColumns } from "./run-columns";
import { RunPreview } from "./run-preview";
import { RunsFilterBar } from "./runs-filter-bar";
import { filterOf, isFiltered, NO_FILTERS, type RunsSearch } from "./runs-search";
import { RunsTable } from "./runs-table";
import { useRunsFeed } from "./use-runs-feed";

const NOTHING: ReadonlySet<string> = new Set();

interface Props {
  readonly search: RunsSearch;
  readonly onSearch: (change: Change<RunsSearch>) => void;
  readonly onOpenRun: (runId: string) => void;
  readonly canWrite: boolean;
  readonly renderApproval: (approval: Approval) => ReactNode;
}

/** All runs, newest first, as they come and go. */
export function RunsPage({ search, onSearch, onOpenRun, canWrite, renderApproval }: Props) {
  const since = useMemo(() => (search.range ? windowOf(search.range, Date.now()).start : ""), [search.range]);
  const filter = filterOf(search, since);
  const pages = useInfiniteQuery(runList(filter));
  const feed = useRunsFeed(filter, pages.data?.pages);
  const [isStarting, setStarting] = useState(false);
  const runs = pages.data?.pages.flatMap((page) => page.items) ?? [];
  const clear = () => onSearch(NO_FILTERS);
  const toast = useToast();
  const { columns, hidden, toggle, isTable } = useRunColumns();
  const [chosen, setChosen] = useState<ReadonlySet<string>>(NOTHING);
  const selected = runs.filter((run) => chosen.has(run.id));
  const csv = useMutation({
    mutationFn: () => exportRuns(filter),
    onSuccess: ({ count, isCut }) =>
      toast.success(
        isCut
          ? `The first ${count} runs were exported. Narrow the filters for the others.`
          : `${plural(count, "run")} exported.`,
      ),
    onError: toast.danger,
  });

  const look = (step: 1 | -1) => {
    const at = runs.findIndex((run) => run.id === search.preview);
    const next = runs[at + step];
    if (at >= 0 && next) onSearch({ preview: next.id });
  };
  return (
    <div className="flex h-full min-h-0 flex-col">
      <header className="flex flex-wrap items-center gap-3 px-4 pt-5 pb-3 sm:px-6">
        <h1 className="flex-1 font-semibold text-xl tracking-tight">Runs</h1>
        <p className="hidden items-center gap-1.5 text-faint text-xs lg:flex">
          <Kbd>j k</Kbd> move <Kbd>Enter</Kbd> open <Kbd>o</Kbd> look
        </p>
        <SavedViews list="runs" except={["preview"]} />
        <ColumnsMenu hidden={hidden} onToggle={toggle} />
        <IconButton
          label="Export CSV"
          icon={Download}
          disabled={runs.length === 0 || csv.isPending}
          onClick={() => csv.mutate()}
        />
        {canWrite && (
          <Button variant="primary" icon={Plus} data-new onClick={() => setStarting(true)}>
            New run
          </Button>
        )}
      </header>
      <RunsFilterBar search={search} onSearch={onSearch} onClear={clear} />
      {selected.length > 0 && <BulkBar runs={selected} onClear={() => setChosen(NOTHING)} />}
      {pages.isPending && <SkeletonRows rows={12} label="Loading runs" />}
      {pages.isError && runs.length === 0 && <ErrorState error={pages.error} onRetry={() => void pages.refetch()} />}
      {pages.isSuccess && runs.length === 0 && (
        <NoRuns
          isFiltered={isFiltered(search)}
          canWrite={canWrite}
          newCount={feed.newCount}
          onShow={feed.show}
          onClear={clear}
          onStart={() => setStarting(true)}
        />
      )}
      {runs.length > 0 && (
        <RunsTable
          runs={runs}
          columns={columns}
          chosen={canWrite && isTable ? chosen : null}
          onChoose={setChosen}
          sort={search.sort}
          onSort={(sort) => onSearch({ sort: sort === "-created_at" ? undefined : sort })}
          newCount={feed.newCount}
          onShowNew={feed.show}
          hasMore={pages.hasNextPage}
          onMore={() => !pages.isFetchingNextPage && void pages.fetchNextPage()}
          onOpen={onOpenRun}
          onPreview={(preview) => onSearch({ preview })}
        />
      )}
      <RunPreview
        runId={search.preview}
        onClose={() => onSearch({ preview: undefined })}
        onOpen={onOpenRun}
        onMove={look}
        renderApproval={renderApproval}
      />
      {isStarting && <NewRunDialog agentId={search.agent} onClose={() => setStarting(false)} onOpenRun={onOpenRun} />}
    </div>
  );
}
