// biome-ignore-all lint/a11y/useSemanticElements: the rows are placed by script, which the elements of a table do not bear
// biome-ignore-all lint/a11y/useFocusableInteractive: as above; what sorts is a button
import { ArrowDown, ArrowUp } from "lucide-react";
import type { Run, RunSort } from "@/api/types";
import { cx } from "@/lib/cx";
import type { RunColumn } from "./run-columns";

interface Props {
  readonly runs: readonly Run[];
  readonly columns: readonly RunColumn[];
  readonly chosen: ReadonlySet<string> | null;
  readonly onChoose: (chosen: ReadonlySet<string>) => void;
  readonly sort: RunSort | undefined;
  readonly onSort: (sort: RunSort) => void;
}

/** The head of the list: what chooses all rows, and the columns, of which some sort. */
export function RunsHead({ runs, columns, chosen, onChoose, sort, onSort }: Props) {
  const isAll = chosen !== null && runs.length > 0 && runs.every((run) => chosen.has(run.id));
  return (
    <>
      {chosen !== null && (
        <span role="columnheader" className="grid place-items-center">
          <input
            type="checkbox"
            aria-label="Select all loaded runs"
            className="size-3.5 accent-accent"
            checked={isAll}
            onChange={() => onChoose(isAll ? new Set() : new Set(runs.map((run) => run.id)))}
          />
        </span>
      )}
      {columns.map((column) => (
        <Head key={column.id} column={column} sort={sort ?? "-created_at"} onSort={onSort} />
      ))}
    </>
  );
}

function Head({ column, sort, onSort }: { column: RunColumn; sort: RunSort; onSort: Props["onSort"] }) {
  const { falling, rising } = column;
  const isFalling = falling === sort;
  const isRising = rising === sort;
  const Arrow = isRising ? ArrowUp : ArrowDown;
  return (
    <span
      role="columnheader"
      aria-sort={isFalling ? "descending" : isRising ? "ascending" : undefined}
      className={cx("whitespace-nowrap", column.isNumber && "text-right")}
    >
      {falling ? (
        <button
          type="button"
          className={cx(
            "inline-flex items-center gap-1 rounded hover:text-fg",
            (isFalling || isRising) && "font-medium text-fg",
          )}
          onClick={() => onSort(isFalling && rising ? rising : falling)}
        >
          {column.label}
          {(isFalling || isRising) && <Arrow aria-hidden className="size-3" />}
        </button>
      ) : (
        column.label
      )}
    </span>
  );
}
