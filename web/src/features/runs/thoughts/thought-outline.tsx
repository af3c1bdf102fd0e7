import { useVirtualizer } from "@tanstack/react-virtual";
import { ChevronRight, Search } from "lucide-react";
import { type KeyboardEvent, useEffect, useMemo, useRef } from "react";
import type { Thought } from "@/api/types";
import { cx } from "@/lib/cx";
import { type Keys, keyed } from "@/lib/use-keys";
import { THOUGHT_LABEL } from "../labels";
import { outlineRows, type ThoughtRow } from "./outline-rows";
import { ThoughtGlyph } from "./thought-glyph";

interface Props {
  readonly thoughts: readonly Thought[];
  readonly closed: ReadonlySet<string>;
  readonly selected: string | undefined;
  readonly text: string;
  readonly hits: ReadonlySet<string> | null;
  readonly onText: (text: string) => void;
  readonly onSelect: (nodeId: string) => void;
  readonly onToggle: (nodeId: string) => void;
}

const ROW_HEIGHT = 44;

/** The map in words: what the keyboard and a screen reader use instead of it. */
export function ThoughtOutline({ thoughts, closed, selected, text, hits, onText, onSelect, onToggle }: Props) {
  const frame = useRef<HTMLDivElement>(null);
  const rows = useMemo(() => outlineRows(thoughts, closed, hits), [thoughts, closed, hits]);
  const at = rows.findIndex((row) => row.thought.node_id === selected);
  const list = useVirtualizer({
    count: rows.length,
    getScrollElement: () => frame.current,
    estimateSize: () => ROW_HEIGHT,
    overscan: 8,
  });

  useEffect(() => {
    if (at >= 0) list.scrollToIndex(at, { align: "auto" });
  }, [at, list]);

  const go = (index: number) => {
    const row = rows[Math.min(rows.length - 1, Math.max(0, index))];
    if (row) onSelect(row.thought.node_id);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const row = rows[at];
    const keys: Keys = [
      ["ArrowDown", () => go(at + 1)],
      ["ArrowUp", () => go(at - 1)],
      ["Home", () => go(0)],
      ["End", () => go(rows.length - 1)],
      ["ArrowRight", () => (row && row.childCount > 0 && !row.isOpen ? onToggle(row.thought.node_id) : go(at + 1))],
      ["ArrowLeft", () => (row?.isOpen ? onToggle(row.thought.node_id) : go(parentOf(rows, at)))],
    ];
    const act = keyed(keys, event.key);
    if (!act) return;
    event.preventDefault();
    act();
  };

  return (
    <>
      <label className="flex items-center gap-2 border-b border-line px-3">
        <Search aria-hidden="true" className="size-3.5 text-muted" />
        <input
          type="search"
          aria-label="Search thoughts"
          placeholder="Search thoughts"
          className="h-10 min-w-0 flex-1 bg-transparent text-sm"
          value={text}
          onChange={(event) => onText(event.target.value)}
        />
        {hits !== null && <span className="text-xs tabular-nums text-muted">{hits.size}</span>}
      </label>
      <div
        ref={frame}
        role="tree"
        aria-label="Thoughts"
        tabIndex={0}
        aria-activedescendant={at >= 0 ? `thought-${selected}` : undefined}
        className="min-h-0 flex-1 overflow-auto"
        onKeyDown={onKeyDown}
        onFocus={() => at < 0 && go(0)}
      >
        <div role="presentation" className="relative" style={{ height: list.getTotalSize() }}>
          {list.getVirtualItems().map((item) => {
            const row = rows[item.index];
            return row ? (
              <OutlineRow
                key={row.thought.node_id}
                row={row}
                top={item.start}
                isSelected={row.thought.node_id === selected}
                onSelect={onSelect}
                onToggle={onToggle}
              />
            ) : null;
          })}
        </div>
      </div>
    </>
  );
}

/** The row under which a row hangs; itself when it is a root. */
function parentOf(rows: readonly ThoughtRow[], at: number): number {
  const up = rows.findLastIndex((row, index) => index < at && row.depth < (rows[at]?.depth ?? 0));
  return up < 0 ? at : up;
}

interface RowProps {
  readonly row: ThoughtRow;
  readonly top: number;
  readonly isSelected: boolean;
  readonly onSelect: (nodeId: string) => void;
  readonly onToggle: (nodeId: string) => void;
}

function OutlineRow({ row, top, isSelected, onSelect, onToggle }: RowProps) {
  const { thought } = row;
  const confidence = thought.confidence_score === null ? "" : `, ${Math.round(thought.confidence_score * 100)} % sure`;
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the tree has the keys; a row is not focused itself
    // biome-ignore lint/a11y/useFocusableInteractive: as above, by aria-activedescendant
    <div
      id={`thought-${thought.node_id}`}
      role="treeitem"
      aria-level={row.depth + 1}
      aria-posinset={row.position}
      aria-setsize={row.siblings}
      aria-selected={isSelected}
      aria-expanded={row.childCount > 0 ? row.isOpen : undefined}
      aria-label={`${THOUGHT_LABEL[thought.node_type]}: ${thought.content}${confidence}`}
      className={cx(
        "absolute inset-x-0 flex cursor-pointer items-center gap-1.5 pr-3 text-xs",
        isSelected ? "bg-selected" : "hover:bg-hover",
      )}
      style={{ transform: `translateY(${top}px)`, height: ROW_HEIGHT, paddingLeft: 6 + Math.min(row.depth, 8) * 12 }}
      onClick={() => onSelect(thought.node_id)}
    >
      {row.childCount > 0 ? (
        // biome-ignore lint/a11y/useKeyWithClickEvents: the arrow keys of the tree do the same
        // biome-ignore lint/a11y/noStaticElementInteractions: as above
        <span
          className="grid size-4 shrink-0 place-items-center"
          onClick={(event) => {
            event.stopPropagation();
            onToggle(thought.node_id);
          }}
        >
          <ChevronRight aria-hidden="true" className={cx("size-3.5 text-muted", row.isOpen && "rotate-90")} />
        </span>
      ) : (
        <span className="w-4 shrink-0" />
      )}
      <ThoughtGlyph type={thought.node_type} />
      <span className="line-clamp-2 min-w-0 leading-4 break-words">{thought.content}</span>
    </div>
  );
}
