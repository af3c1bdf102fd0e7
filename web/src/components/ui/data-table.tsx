import { ArrowDown, ArrowUp } from "lucide-react";
import { Fragment, type KeyboardEvent, type MouseEvent, type ReactNode, useEffect, useRef } from "react";
import { cx } from "@/lib/cx";
import { isTaken } from "@/lib/keys";

export interface Column<Row> {
  id: string;
  header: ReactNode;
  cell: (row: Row) => ReactNode;
  align?: "start" | "end";
  /** Leaves the column out on narrower screens. */
  hideBelow?: "sm" | "md" | "lg";
  className?: string;
  /** The header becomes a button that sorts by this column. */
  isSortable?: boolean;
}

export interface TableSort {
  column: string;
  direction: "asc" | "desc";
}

export interface DataTableProps<Row> {
  rows: readonly Row[];
  columns: readonly Column<Row>[];
  rowKey: (row: Row) => string;
  /** What the table lists: its name for screen readers. */
  label: string;
  /** `o`: shows the row beside the list. */
  onPeek?: (row: Row) => void;
  selectedKey?: string | null;
  /** Rows that follow each other with the same group stand under its name. */
  groupOf?: (row: Row) => string;
  sort?: TableSort | null;
  onSort?: (sort: TableSort) => void;
}

const HIDE = { sm: "max-sm:hidden", md: "max-md:hidden", lg: "max-lg:hidden" };

/**
 * A dense table. The first link or button of a row (mark it `data-row-action`) is what opens the row: a click anywhere in the
 * row presses it, `j` and `k` move the focus from row to row, Enter opens as on any link, `o` peeks.
 */
export function DataTable<Row>(props: DataTableProps<Row>) {
  const { rows, columns, rowKey, label, onPeek, selectedKey, groupOf, sort, onSort } = props;
  const body = useRef<HTMLTableSectionElement>(null);
  useRowKeys(body);

  function onKeyDown(event: KeyboardEvent<HTMLTableSectionElement>): void {
    if (event.key !== "o" || isTaken(event.nativeEvent)) return;
    const index = rowElements(body.current).findIndex((element) => element.contains(event.target as Node));
    const row = rows[index];
    if (row && onPeek) {
      event.preventDefault();
      onPeek(row);
    }
  }

  return (
    <div className="relative min-w-0 overflow-x-auto">
      <table aria-label={label} className="w-full border-collapse text-left text-sm">
        <thead>
          <tr className="border-line border-b">
            {columns.map((column) => (
              <HeaderCell key={column.id} column={column} sort={sort} onSort={onSort} />
            ))}
          </tr>
        </thead>
        <tbody ref={body} onKeyDown={onKeyDown} onClick={pressRow}>
          {rows.map((row, index) => (
            <Fragment key={rowKey(row)}>
              {groupOf && (index === 0 || groupOf(rows[index - 1] ?? row) !== groupOf(row)) && (
                <tr data-group className="border-line border-b bg-sunken">
                  <th
                    scope="rowgroup"
                    colSpan={columns.length}
                    className="h-8 px-4 text-left font-medium text-muted text-xs"
                  >
                    {groupOf(row)}
                  </th>
                </tr>
              )}
              <tr
                data-selected={selectedKey === rowKey(row) || undefined}
                className={cx(
                  "group/row border-line border-b transition-colors last:border-b-0 hover:bg-hover",
                  "focus-within:bg-hover data-selected:bg-selected [&:has([data-row-action])]:cursor-pointer",
                )}
              >
                {columns.map((column) => (
                  <td
                    key={column.id}
                    className={cx(
                      "h-11 px-3 py-1.5 align-middle first:pl-4 last:pr-4",
                      column.align === "end" && "text-right",
                      column.hideBelow && HIDE[column.hideBelow],
                      column.className,
                    )}
                  >
                    {column.cell(row)}
                  </td>
                ))}
              </tr>
            </Fragment>
          ))}
        </tbody>
      </table>
    </div>
  );
}

interface HeaderCellProps<Row> {
  column: Column<Row>;
  sort: TableSort | null | undefined;
  onSort: ((sort: TableSort) => void) | undefined;
}

function HeaderCell<Row>({ column, sort, onSort }: HeaderCellProps<Row>) {
  const isSorted = sort?.column === column.id;
  const direction = isSorted && sort.direction === "asc" ? "desc" : "asc";
  const Arrow = sort?.direction === "asc" ? ArrowUp : ArrowDown;
  return (
    <th
      scope="col"
      aria-sort={isSorted ? (sort.direction === "asc" ? "ascending" : "descending") : undefined}
      className={cx(
        "h-8 whitespace-nowrap px-3 font-medium first:pl-4 last:pr-4 text-faint text-xs",
        column.align === "end" && "text-right",
        column.hideBelow && HIDE[column.hideBelow],
        column.className,
      )}
    >
      {column.isSortable && onSort ? (
        <button
          type="button"
          className="inline-flex items-center gap-1 hover:text-fg"
          onClick={() => onSort({ column: column.id, direction })}
        >
          {column.header}
          {isSorted && <Arrow aria-hidden className="size-3" />}
        </button>
      ) : (
        column.header
      )}
    </th>
  );
}

function rowElements(body: HTMLElement | null): HTMLElement[] {
  return body ? [...body.querySelectorAll<HTMLElement>(":scope > tr:not([data-group])")] : [];
}

/** A click on a row's empty part presses what opens it; with the modifier of "new tab" kept. */
function pressRow(event: MouseEvent<HTMLElement>): void {
  const target = event.target as HTMLElement;
  if (target.closest("a, button, input, select, textarea, label, [role=menuitem]") || window.getSelection()?.toString())
    return;
  const action = target.closest("tr")?.querySelector<HTMLElement>("[data-row-action]");
  action?.dispatchEvent(
    new window.MouseEvent("click", {
      bubbles: true,
      cancelable: true,
      ctrlKey: event.ctrlKey,
      metaKey: event.metaKey,
      shiftKey: event.shiftKey,
    }),
  );
}

/** `j` and `k` from anywhere on the page, unless something is being typed or a dialog is open. */
function useRowKeys(body: { current: HTMLElement | null }): void {
  useEffect(() => {
    function onKey(event: globalThis.KeyboardEvent): void {
      if ((event.key !== "j" && event.key !== "k") || isTaken(event)) return;
      const elements = rowElements(body.current);
      const at = elements.findIndex((element) => element.contains(document.activeElement));
      const next = elements[event.key === "j" ? Math.min(at + 1, elements.length - 1) : Math.max(at - 1, 0)];
      const action = next?.querySelector<HTMLElement>("[data-row-action]");
      if (!action) return;
      event.preventDefault();
      action.focus();
      next?.scrollIntoView({ block: "nearest" });
    }
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, [body]);
}
