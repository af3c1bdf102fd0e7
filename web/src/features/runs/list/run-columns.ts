/** The columns of the list of runs, the same in its head and in every row; on a narrow window a row is two lines instead. */
import { useMemo } from "react";
import type { RunSort } from "@/api/types";
import { useMinWidth } from "@/lib/use-media";
import { useStored } from "@/lib/use-stored";

export type ColumnId = "status" | "run" | "model" | "by" | "started" | "queued" | "duration" | "tokens" | "cost";

export interface RunColumn {
  readonly id: ColumnId;
  readonly label: string;
  readonly width: string;
  readonly isNumber?: true;
  /** Left out where the window is not wide. */
  readonly isForWide?: true;
  readonly falling?: RunSort;
  readonly rising?: RunSort;
}

const ALL: readonly RunColumn[] = [
  { id: "status", label: "Status", width: "7rem" },
  { id: "run", label: "Run", width: "minmax(0,1fr)" },
  { id: "model", label: "Model", width: "9rem", isForWide: true },
  { id: "by", label: "Started by", width: "9rem" },
  { id: "started", label: "Started", width: "6.5rem", falling: "-created_at" },
  { id: "queued", label: "Queued", width: "5.5rem", isNumber: true, isForWide: true },
  { id: "duration", label: "Duration", width: "5.5rem", isNumber: true, falling: "-duration_ms", rising: "duration_ms" },
  { id: "tokens", label: "Tokens", width: "5.5rem", isNumber: true, isForWide: true, falling: "-tokens", rising: "tokens" },
  { id: "cost", label: "Cost", width: "5.5rem", isNumber: true, isForWide: true, falling: "-cost_usd", rising: "cost_usd" },
];

/** Those that can be left out. */
export const OPTIONAL = ALL.filter((column) => column.id !== "status" && column.id !== "run");
const HIDDEN_AT_FIRST: readonly ColumnId[] = ["queued", "model"];

const TABLE_FROM = 768;
const WIDE_FROM = 1024;

function isListOfColumns(value: unknown): value is readonly ColumnId[] {
  return Array.isArray(value) && value.every((one) => ALL.some((column) => column.id === one));
}

/** The columns that are shown; which ones is kept in this browser. */
export function useRunColumns() {
  const isTable = useMinWidth(TABLE_FROM);
  const isWide = useMinWidth(WIDE_FROM);
  const [hidden, setHidden] = useStored<readonly ColumnId[]>(
    "retinue.runs.hidden-columns",
    HIDDEN_AT_FIRST,
    isListOfColumns,
  );
  const columns = useMemo(
    () => ALL.filter((column) => !isTable || (!hidden.includes(column.id) && (isWide || !column.isForWide))),
    [isTable, isWide, hidden],
  );
  const toggle = (id: ColumnId) => setHidden(hidden.includes(id) ? hidden.filter((one) => one !== id) : [...hidden, id]);
  return { columns, hidden, toggle, isTable };
}

/** The classes of a row of the grid; its columns are a style, see `gridOf`. */
export const RUN_GRID = "md:grid md:gap-x-4";

export function gridOf(columns: readonly RunColumn[], isSelectable: boolean): string {
  return [...(isSelectable ? ["1rem"] : []), ...columns.map((column) => column.width)].join(" ");
}
