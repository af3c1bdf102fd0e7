// biome-ignore-all lint/a11y/useSemanticElements: the rows are placed by script, which the elements of a table do not bear
// biome-ignore-all lint/a11y/useFocusableInteractive: as above; the link in a row is what takes the focus
import { useVirtualizer } from "@tanstack/react-virtual";
import { ArrowUp } from "lucide-react";
import { useCallback, useEffect, useRef, useState } from "react";
import type { Run, RunSort } from "@/api/types";
import { plural } from "@/lib/format";
import { useKeys } from "@/lib/use-keys";
import { gridOf, RUN_GRID, type RunColumn } from "./run-columns";
import { RunRow } from "./run-row";
import { RunsHead } from "./runs-head";

interface Props {
  readonly runs: readonly Run[];
  readonly columns: readonly RunColumn[];
  /** The ids of the chosen runs; null where none can be chosen. */
  readonly chosen: ReadonlySet<string> | null;
  readonly onChoose: (chosen: ReadonlySet<string>) => void;
  readonly sort: RunSort | undefined;
  readonly onSort: (sort: RunSort) => void;
  readonly newCount: number;
  readonly onShowNew: () => void;
  readonly hasMore: boolean;
  readonly onMore: () => void;
  readonly onOpen: (runId: string) => void;
  readonly onPreview: (runId: string) => void;
}

const ROW_HEIGHT = 58;
const MORE_BEFORE_END = 15;

/** The rows: only those in sight are in the page; keys move a cursor, which the eye and a screen reader both follow. */
export function RunsTable(props: Props) {
  const { runs, columns, chosen, onChoose, newCount, onShowNew, hasMore, onMore, onOpen, onPreview } = props;
  const frame = useRef<HTMLDivElement>(null);
  const [cursor, setCursor] = useState<string | null>(null);
  const list = useVirtualizer({
    count: runs.length,
    getScrollElement: () => frame.current,
    estimateSize: () => ROW_HEIGHT,
    overscan: 10,
  });
  const items = list.getVirtualItems();
  const lastShown = items.at(-1)?.index ?? 0;
  const at = runs.findIndex((run) => run.id === cursor);

  useEffect(() => {
    if (hasMore && lastShown >= runs.length - MORE_BEFORE_END) onMore();
  }, [hasMore, lastShown, runs.length, onMore]);

  const go = (index: number) => {
    const to = Math.min(runs.length - 1, Math.max(0, index));
    const run = runs[to];
    if (!run) return;
    setCursor(run.id);
    list.scrollToIndex(to, { align: "auto" });
    // The row may only now be put into the page.
    requestAnimationFrame(() => document.getElementById(`run-${run.id}`)?.focus({ preventScroll: true }));
  };
  const current = runs[at];
  const grid = gridOf(columns, chosen !== null);
  const latest = useRef(chosen);
  latest.current = chosen;
  const choose = useCallback(
    (runId: string) => {
      const next = new Set(latest.current);
      if (!next.delete(runId)) next.add(runId);
      onChoose(next);
    },
    [onChoose],
  );
  useKeys([
    ["j", () => go(at + 1)],
    ["k", () => go(at - 1)],
    ["ArrowDown", () => go(at + 1)],
    ["ArrowUp", () => go(at - 1)],
    ["o", () => current && onPreview(current.id)],
    ["Enter", () => current && onOpen(current.id)],
    ["x", () => current && chosen && choose(current.id)],
  ]);

  const showNew = () => {
    frame.current?.scrollTo({ top: 0 });
    onShowNew();
  };
  return (
    <div className="relative min-h-0 flex-1">
      {newCount > 0 && (
        <div className="pointer-events-none absolute inset-x-0 top-10 z-20 flex justify-center">
          <button
            type="button"
            className="pointer-events-auto flex animate-pop items-center gap-1.5 rounded-full bg-accent px-3.5 py-1.5 font-medium text-accent-fg text-xs shadow-pop hover:bg-accent-hover"
            onClick={showNew}
          >
            <ArrowUp aria-hidden="true" className="size-3.5" /> {plural(newCount, "new run")}
          </button>
        </div>
      )}
      <span role="status" className="sr-only">
        {newCount > 0 ? `${plural(newCount, "new run")} above` : ""}
      </span>
      <div ref={frame} className="h-full overflow-auto" data-testid="runs">
        <div role="table" aria-label="Runs" aria-rowcount={hasMore ? -1 : runs.length + 1}>
          <div
            role="row"
            aria-rowindex={1}
            className={`sticky top-0 z-10 h-8 items-center border-line border-b bg-canvas px-4 text-faint text-xs sm:px-6 ${RUN_GRID} max-md:sr-only`}
            style={{ gridTemplateColumns: grid }}
          >
            <RunsHead {...props} />
          </div>
          <div role="rowgroup" className="relative" style={{ height: list.getTotalSize() }}>
            {items.map((item) => {
              const run = runs[item.index];
              return run ? (
                <RunRow
                  key={run.id}
                  run={run}
                  index={item.index}
                  top={item.start}
                  height={ROW_HEIGHT}
                  columns={columns}
                  grid={grid}
                  isChosen={chosen?.has(run.id)}
                  onChoose={choose}
                  isCursor={run.id === cursor}
                  onPreview={onPreview}
                  onFocus={setCursor}
                />
              ) : null;
            })}
          </div>
        </div>
      </div>
    </div>
  );
}
