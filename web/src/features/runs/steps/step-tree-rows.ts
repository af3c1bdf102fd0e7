/** The steps of a run as a tree that is shown as rows: what is open, what a filter leaves, where the next error is. */
import type { Step, StepType } from "@/api/types";

export interface TreeRow {
  readonly step: Step;
  readonly depth: number;
  readonly childCount: number;
  readonly isOpen: boolean;
  /** Its place among its siblings, from 1, and how many they are: what a screen reader says. */
  readonly position: number;
  readonly siblings: number;
  /** A row that is there only because something under it matches. */
  readonly isContext: boolean;
}

export interface StepFilter {
  readonly types: readonly StepType[];
  readonly errorsOnly: boolean;
  readonly text: string;
}

export const NO_FILTER: StepFilter = { types: [], errorsOnly: false, text: "" };

export function isFiltering(filter: StepFilter): boolean {
  return filter.types.length > 0 || filter.errorsOnly || filter.text.trim() !== "";
}

/** Children by parent; a step whose parent is not there stands at the top. */
export function childrenOf(steps: readonly Step[]): Map<string | null, Step[]> {
  const ids = new Set(steps.map((step) => step.id));
  const children = new Map<string | null, Step[]>();
  for (const step of steps) {
    const parent = step.parent_step_id !== null && ids.has(step.parent_step_id) ? step.parent_step_id : null;
    const list = children.get(parent);
    if (list) list.push(step);
    else children.set(parent, [step]);
  }
  return children;
}

export function treeRows(steps: readonly Step[], closed: ReadonlySet<string>, filter: StepFilter): TreeRow[] {
  const children = childrenOf(steps);
  const filtering = isFiltering(filter);
  const kept = filtering ? keptIds(steps, filter) : null;
  const rows: TreeRow[] = [];
  const visit = (parent: string | null, depth: number) => {
    const siblings = (children.get(parent) ?? []).filter((step) => kept === null || kept.has(step.id));
    siblings.forEach((step, index) => {
      const childCount = children.get(step.id)?.length ?? 0;
      const isOpen = filtering || !closed.has(step.id);
      rows.push({
        step,
        depth,
        childCount,
        isOpen: childCount > 0 && isOpen,
        position: index + 1,
        siblings: siblings.length,
        isContext: kept?.get(step.id) === "context",
      });
      if (isOpen) visit(step.id, depth + 1);
    });
  };
  visit(null, 0);
  return rows;
}

function keptIds(steps: readonly Step[], filter: StepFilter): Map<string, "match" | "context"> {
  const byId = new Map(steps.map((step) => [step.id, step]));
  const kept = new Map<string, "match" | "context">();
  for (const step of steps) {
    if (!matches(step, filter)) continue;
    kept.set(step.id, "match");
    for (let up = step.parent_step_id; up !== null && byId.has(up) && !kept.has(up); ) {
      kept.set(up, "context");
      up = byId.get(up)?.parent_step_id ?? null;
    }
  }
  return kept;
}

export function matches(step: Step, filter: StepFilter): boolean {
  if (filter.types.length > 0 && !filter.types.includes(step.step_type)) return false;
  if (filter.errorsOnly && !hasFailed(step)) return false;
  const text = filter.text.trim().toLowerCase();
  return (
    text === "" || step.step_name.toLowerCase().includes(text) || (step.error_message ?? "").toLowerCase().includes(text)
  );
}

export function hasFailed(step: Step): boolean {
  return step.status === "failed" || step.error_message !== null;
}

/** The next (1) or previous (-1) failed step after the selected one, going round; undefined when none failed. */
export function nextError(steps: readonly Step[], selected: string | undefined, direction: 1 | -1): Step | undefined {
  const at = steps.findIndex((step) => step.id === selected);
  const start = at < 0 ? (direction === 1 ? -1 : 0) : at;
  for (let i = 1; i <= steps.length; i++) {
    const step = steps[(start + direction * i + steps.length * 2) % steps.length];
    if (step && hasFailed(step)) return step;
  }
  return undefined;
}

/** Whether nothing was finished before a step began: it is among the run's first. */
export function isFirstStep(step: Step, steps: readonly Step[]): boolean {
  return steps.every((other) => other.sequence >= step.sequence);
}
