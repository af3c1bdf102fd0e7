/** The thoughts as rows of an outline. */

import type { Thought } from "@/api/types";
import { thoughtChildren } from "./mind-map";

export interface ThoughtRow {
  readonly thought: Thought;
  readonly depth: number;
  readonly childCount: number;
  readonly isOpen: boolean;
  readonly position: number;
  readonly siblings: number;
}

/** While searching, only hits are listed, flat; else the tree with what is folded left out. */
export function outlineRows(
  thoughts: readonly Thought[],
  closed: ReadonlySet<string>,
  hits: ReadonlySet<string> | null,
): ThoughtRow[] {
  if (hits !== null) {
    const found = thoughts.filter((thought) => hits.has(thought.node_id));
    return found.map((thought, index) => ({
      thought,
      depth: 0,
      childCount: 0,
      isOpen: false,
      position: index + 1,
      siblings: found.length,
    }));
  }
  const children = thoughtChildren(thoughts);
  const rows: ThoughtRow[] = [];
  const seen = new Set<string>();
  const visit = (parent: string | null, depth: number) => {
    const siblings = (children.get(parent) ?? []).filter((thought) => !seen.has(thought.node_id));
    siblings.forEach((thought, index) => {
      seen.add(thought.node_id);
      const childCount = children.get(thought.node_id)?.length ?? 0;
      const isOpen = childCount > 0 && !closed.has(thought.node_id);
      rows.push({ thought, depth, childCount, isOpen, position: index + 1, siblings: siblings.length });
      if (isOpen) visit(thought.node_id, depth + 1);
    });
  };
  visit(null, 0);
  return rows;
}
