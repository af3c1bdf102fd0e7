import { AlertTriangle, Ban, ChevronRight, CircleDashed, CirclePause, Loader2 } from "lucide-react";
import { memo } from "react";
import type { Step } from "@/api/types";
import { cx } from "@/lib/cx";
import { count, duration } from "@/lib/format";
import { STEP_LABEL, STEP_STATUS_LABEL } from "../labels";
import { elapsedOf } from "./elapsed";
import { StepIcon } from "./step-icon";
import type { TreeRow } from "./step-tree-rows";

interface Props {
  readonly row: TreeRow;
  readonly isSelected: boolean;
  /** The time, for a step that is running; 0 for others, so that they are not drawn again. */
  readonly now: number;
  readonly top: number;
  readonly height: number;
  readonly onSelect: (stepId: string) => void;
  readonly onToggle: (stepId: string, isOpen: boolean) => void;
}

export const StepRow = memo(function StepRow({ row, isSelected, now, top, height, onSelect, onToggle }: Props) {
  const { step } = row;
  const isTimed = step.status === "running" || step.completed_at !== null;
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the tree has the keys; a row is not focused itself
    // biome-ignore lint/a11y/useFocusableInteractive: as above, by aria-activedescendant
    <div
      id={`step-${step.id}`}
      role="treeitem"
      aria-level={row.depth + 1}
      aria-posinset={row.position}
      aria-setsize={row.siblings}
      aria-selected={isSelected}
      aria-expanded={row.childCount > 0 ? row.isOpen : undefined}
      aria-label={`${step.step_name}${step.item_index == null ? "" : ` ${step.item_index + 1}`}, ${STEP_LABEL[step.step_type] ?? step.step_type}, ${STEP_STATUS_LABEL[step.status]}${step.warnings.length > 0 ? ", with a warning" : ""}`}
      className={cx(
        "absolute inset-x-0 flex cursor-pointer items-center gap-2 pr-3 text-sm",
        isSelected ? "bg-selected text-fg" : "hover:bg-hover",
        row.isContext && "opacity-60",
      )}
      style={{ transform: `translateY(${top}px)`, height, paddingLeft: 8 + row.depth * 16 }}
      onClick={() => onSelect(step.id)}
    >
      <Twisty row={row} onToggle={onToggle} />
      <StepIcon type={step.step_type} />
      <span className={cx("min-w-0 flex-1 truncate", step.status === "failed" && "text-danger")}>
        {step.step_name}
        {step.item_index != null && <span className="ml-1.5 text-muted text-xs">{step.item_index + 1}</span>}
        {(step.visit ?? 1) > 1 && <span className="ml-1.5 text-muted text-xs">visit {step.visit}</span>}
      </span>
      <Mark step={step} />
      <span className="shrink-0 text-xs tabular-nums text-muted">
        {step.usage?.output_tokens != null && (
          <span className="mr-2 hidden xl:inline">
            {count((step.usage.input_tokens ?? 0) + step.usage.output_tokens)} tok
          </span>
        )}
        {isTimed && duration(elapsedOf(step, now))}
      </span>
    </div>
  );
});

function Twisty({ row, onToggle }: { readonly row: TreeRow; readonly onToggle: Props["onToggle"] }) {
  if (row.childCount === 0) return <span className="w-4 shrink-0" />;
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the arrow keys of the tree do the same
    // biome-ignore lint/a11y/noStaticElementInteractions: as above
    <span
      className="grid size-4 shrink-0 place-items-center rounded hover:bg-hover"
      onClick={(event) => {
        event.stopPropagation();
        onToggle(row.step.id, !row.isOpen);
      }}
    >
      <ChevronRight
        aria-hidden="true"
        className={cx("size-3.5 text-muted transition-transform motion-reduce:transition-none", row.isOpen && "rotate-90")}
      />
    </span>
  );
}

function Mark({ step }: { readonly step: Step }) {
  if (step.status === "failed") return <AlertTriangle aria-hidden="true" className="size-3.5 shrink-0 text-danger" />;
  if (step.status === "waiting") return <CircleDashed aria-hidden="true" className="size-3.5 shrink-0 text-warning" />;
  if (step.status === "running")
    return <Loader2 aria-hidden="true" className="size-3.5 shrink-0 animate-spin text-info motion-reduce:animate-none" />;
  if (step.status === "cancelled") return <Ban aria-hidden="true" className="size-3.5 shrink-0 text-faint" />;
  if (step.status === "interrupted") return <CirclePause aria-hidden="true" className="size-3.5 shrink-0 text-warning" />;
  if (step.warnings.length > 0) return <AlertTriangle aria-hidden="true" className="size-3.5 shrink-0 text-warning" />;
  return null;
}
