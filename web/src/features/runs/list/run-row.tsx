// biome-ignore-all lint/a11y/useSemanticElements: the rows are placed by script, which the elements of a table do not bear
// biome-ignore-all lint/a11y/useFocusableInteractive: as above; the link in a row is what takes the focus
import { Link } from "@tanstack/react-router";
import { PanelRight } from "lucide-react";
import { memo, type ReactNode } from "react";
import type { Run } from "@/api/types";
import { CostText } from "@/components/ui/cost-text";
import { StatusBadge } from "@/components/ui/status-badge";
import { Duration, RelativeTime } from "@/components/ui/time";
import { cx } from "@/lib/cx";
import { count, duration } from "@/lib/format";
import { triggerLabel } from "../labels";
import { TagsInRow } from "../labels/label-chips";
import { FeedbackInRow, isPrivate, PrivateIcon, WarningIcon } from "../run-marks";
import { promptOf } from "../steps/json-text";
import { isOver } from "../types";
import { type ColumnId, RUN_GRID, type RunColumn } from "./run-columns";

interface Props {
  readonly run: Run;
  readonly index: number;
  readonly top: number;
  readonly height: number;
  readonly columns: readonly RunColumn[];
  /** The columns as a style. */
  readonly grid: string;
  /** Undefined where runs cannot be chosen. */
  readonly isChosen: boolean | undefined;
  readonly onChoose: (runId: string) => void;
  readonly isCursor: boolean;
  readonly onPreview: (runId: string) => void;
  readonly onFocus: (runId: string) => void;
}

/** A run in the list. Its name is the link; the whole row takes the click. */
export const RunRow = memo(function RunRow(props: Props) {
  const { run, index, top, height, columns, grid, isChosen, onChoose, isCursor, onPreview, onFocus } = props;
  return (
    <div
      role="row"
      aria-rowindex={index + 2}
      className={cx(
        "group absolute inset-x-0 items-center border-line border-b px-4 text-sm sm:px-6 max-md:flex max-md:gap-3",
        RUN_GRID,
        isCursor || isChosen ? "bg-selected" : "bg-surface hover:bg-hover",
      )}
      style={{ transform: `translateY(${top}px)`, height, gridTemplateColumns: grid }}
    >
      {isChosen !== undefined && (
        <span role="cell" className="relative z-10 grid place-items-center">
          <input
            type="checkbox"
            aria-label={`Select the run of ${run.target_name}, ${run.short_id}`}
            className="size-3.5 accent-accent"
            checked={isChosen}
            onChange={() => onChoose(run.id)}
          />
        </span>
      )}
      {columns.map(({ id }) => (
        <span key={id} role="cell" className={CELL[id]}>
          {id === "run" ? <Name run={run} onFocus={onFocus} /> : CONTENT[id](run)}
        </span>
      ))}
      <span
        role="cell"
        className="absolute top-1/2 right-0.5 z-10 hidden -translate-y-1/2 group-focus-within:block group-hover:block"
      >
        <button
          type="button"
          tabIndex={-1}
          aria-label={`Preview the run of ${run.target_name}`}
          title="Preview (o)"
          className="grid size-6 place-items-center rounded-md text-muted hover:bg-raised hover:text-fg"
          onClick={() => onPreview(run.id)}
        >
          <PanelRight aria-hidden="true" className="size-4" />
        </button>
      </span>
    </div>
  );
});

const NUMBER = "text-right text-muted tabular-nums max-md:hidden";
const CELL: Record<ColumnId, string> = {
  status: "shrink-0 max-md:w-24",
  run: "min-w-0 max-md:flex-1",
  model: "min-w-0 truncate text-muted max-md:hidden",
  by: "min-w-0 max-md:hidden",
  started: "text-muted max-md:hidden",
  queued: NUMBER,
  duration: "shrink-0 text-right tabular-nums",
  tokens: NUMBER,
  cost: NUMBER,
};

const CONTENT: Record<Exclude<ColumnId, "run">, (run: Run) => ReactNode> = {
  status: (run) => <StatusBadge status={run.status} />,
  model: (run) => <span title={run.model ?? undefined}>{run.model ?? "—"}</span>,
  by: (run) => (
    <>
      <span className="block truncate">{run.triggered_by_name ?? triggerLabel(run)}</span>
      {run.triggered_by_name !== null && <span className="block truncate text-faint text-xs">{triggerLabel(run)}</span>}
    </>
  ),
  started: (run) => <RelativeTime at={run.started_at ?? run.created_at} />,
  queued: (run) => (run.queued_ms === null ? "—" : duration(run.queued_ms)),
  duration: (run) => (
    <>
      <Duration ms={run.duration_ms} since={isOver(run.status) ? null : run.started_at} />
      <span aria-hidden className="block text-faint text-xs md:hidden">
        <RelativeTime at={run.started_at ?? run.created_at} />
      </span>
    </>
  ),
  tokens: ({ resource_usage: usage }) => {
    const tokens = (usage.input_tokens ?? 0) + (usage.output_tokens ?? 0);
    return tokens === 0 ? "—" : count(tokens);
  },
  cost: (run) => <CostText value={run.resource_usage} />,
};

function Name({ run, onFocus }: Pick<Props, "run" | "onFocus">) {
  return (
    <>
      <span className="flex min-w-0 items-center gap-1.5">
        <Link
          to="/runs/$runId"
          params={{ runId: run.id }}
          id={`run-${run.id}`}
          className="truncate font-medium text-fg after:absolute after:inset-0 focus-visible:outline-none focus-visible:after:outline-2 focus-visible:after:-outline-offset-2 focus-visible:after:outline-accent"
          onFocus={() => onFocus(run.id)}
        >
          {run.target_name}
        </Link>
        {isPrivate(run) && <PrivateIcon />}
        <WarningIcon count={run.warning_count} />
        <FeedbackInRow feedback={run.feedback} />
        <TagsInRow tags={run.tags} />
      </span>
      <span className="block truncate text-muted text-xs">
        {run.status === "failed" && run.error_message !== null ? run.error_message : promptOf(run.input)}
      </span>
    </>
  );
}
