import { useVirtualizer } from "@tanstack/react-virtual";
import { type KeyboardEvent, useEffect, useRef } from "react";
import { type Keys, keyed } from "@/lib/use-keys";
import { StepRow } from "./step-row";
import type { TreeRow } from "./step-tree-rows";

interface Props {
  readonly rows: readonly TreeRow[];
  readonly selected: string | undefined;
  readonly now: number;
  /** Steps were left out by a filter. */
  readonly isFiltered: boolean;
  readonly onSelect: (stepId: string) => void;
  readonly onToggle: (stepId: string, isOpen: boolean) => void;
  readonly onOpen: () => void;
}

const ROW_HEIGHT = 34;

/** The steps as a tree: one tab stop, arrows move, only the rows in sight are in the page. */
export function StepTree({ rows, selected, now, isFiltered, onSelect, onToggle, onOpen }: Props) {
  const frame = useRef<HTMLDivElement>(null);
  const list = useVirtualizer({
    count: rows.length,
    getScrollElement: () => frame.current,
    estimateSize: () => ROW_HEIGHT,
    overscan: 12,
  });
  const at = rows.findIndex((row) => row.step.id === selected);

  useEffect(() => {
    if (at >= 0) list.scrollToIndex(at, { align: "auto" });
  }, [at, list]);

  const go = (index: number) => {
    const row = rows[Math.min(rows.length - 1, Math.max(0, index))];
    if (row) onSelect(row.step.id);
  };
  const moves: Keys = [
    ["ArrowDown", () => go(at + 1)],
    ["j", () => go(at + 1)],
    ["ArrowUp", () => go(at - 1)],
    ["k", () => go(at - 1)],
    ["Home", () => go(0)],
    ["End", () => go(rows.length - 1)],
    ["ArrowRight", () => unfold(rows, at, onToggle, go)],
    ["ArrowLeft", () => foldUp(rows, at, onToggle, go)],
    ["Enter", onOpen],
  ];
  const onKeyDown = (event: KeyboardEvent) => {
    const move = event.ctrlKey || event.metaKey || event.altKey ? undefined : keyed(moves, event.key);
    if (!move) return;
    event.preventDefault();
    event.stopPropagation();
    move();
  };

  if (rows.length === 0)
    return <p className="px-4 py-6 text-center text-muted text-sm">{isFiltered ? "No step matches." : "No steps yet."}</p>;
  return (
    <div
      ref={frame}
      role="tree"
      aria-label="Steps"
      tabIndex={0}
      aria-activedescendant={at >= 0 ? `step-${selected}` : undefined}
      className="h-full overflow-auto"
      onKeyDown={onKeyDown}
      onFocus={() => at < 0 && go(0)}
    >
      <div role="presentation" className="relative" style={{ height: list.getTotalSize() }}>
        {list.getVirtualItems().map((item) => {
          const row = rows[item.index];
          if (!row) return null;
          return (
            <StepRow
              key={row.step.id}
              row={row}
              isSelected={row.step.id === selected}
              now={row.step.status === "running" ? now : 0}
              top={item.start}
              height={ROW_HEIGHT}
              onSelect={onSelect}
              onToggle={onToggle}
            />
          );
        })}
      </div>
    </div>
  );
}

function unfold(rows: readonly TreeRow[], at: number, onToggle: Props["onToggle"], go: (index: number) => void) {
  const row = rows[at];
  if (row && row.childCount > 0 && !row.isOpen) onToggle(row.step.id, true);
  else if (row?.isOpen) go(at + 1);
}

function foldUp(rows: readonly TreeRow[], at: number, onToggle: Props["onToggle"], go: (index: number) => void) {
  const row = rows[at];
  if (!row) return;
  if (row.isOpen) onToggle(row.step.id, false);
  else go(rows.findLastIndex((other, index) => index < at && other.depth < row.depth));
}
