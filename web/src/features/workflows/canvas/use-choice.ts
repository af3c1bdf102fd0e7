import type { NodeChange } from "@xyflow/react";
import { useCallback, useMemo, useState } from "react";
import type { Selection } from "../graph/operations";
import type { AnyNode } from "./node-view";

export interface Choice {
  /** The chosen nodes. */
  readonly ids: ReadonlySet<string>;
  /** The chosen node, when it is one. */
  readonly only: string | undefined;
  readonly onChange: (changes: readonly NodeChange<AnyNode>[]) => void;
  readonly clear: () => void;
}

const NONE: ReadonlySet<string> = new Set();

/** What is chosen on a canvas: one node or edge, which others know of, or several nodes, which only the canvas knows. */
export function useChoice(selection: Selection, onSelect: (selection: Selection) => void): Choice {
  const [many, setMany] = useState<ReadonlySet<string>>(NONE);
  const only = selection?.kind === "node" ? selection.id : undefined;
  const ids = useMemo(() => (only === undefined ? many : new Set([only])), [only, many]);

  const onChange = useCallback(
    (changes: readonly NodeChange<AnyNode>[]) => {
      const next = new Set(ids);
      for (const change of changes) {
        if (change.type !== "select") continue;
        if (change.selected) next.add(change.id);
        else next.delete(change.id);
      }
      if (next.size === ids.size && [...next].every((id) => ids.has(id))) return;
      const [first] = next;
      setMany(next.size > 1 ? next : NONE);
      if (next.size === 1 && first !== undefined) onSelect({ kind: "node", id: first });
      else if (only !== undefined) onSelect(null);
    },
    [ids, only, onSelect],
  );
  const clear = useCallback(() => {
    setMany(NONE);
    onSelect(null);
  }, [onSelect]);

  return useMemo(() => ({ ids, only, onChange, clear }), [ids, only, onChange, clear]);
}
