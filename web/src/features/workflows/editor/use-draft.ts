import { useCallback, useMemo, useReducer } from "react";
import type { JsonObject, Workflow } from "@/api/types";
import { readJsonObject } from "@/lib/read-json";
import { isSame } from "../graph/document";
import { changed, type History, historyOf, redone, undone } from "../graph/history";

/** What a change makes of a definition. */
export type Edit = (definition: JsonObject) => JsonObject;

export interface Draft {
  /** The last definition that could be read. */
  readonly definition: JsonObject;
  readonly isChanged: boolean;
  /** Someone saved a newer version while this draft was being written. */
  readonly isOutdated: boolean;
  readonly baseVersion: number;
  /** The JSON that was typed, while the definition is what it says, or what it says cannot be read. */
  readonly typed: string | undefined;
  /** What is wrong with the typed JSON. */
  readonly problem: string | undefined;
  readonly canUndo: boolean;
  readonly canRedo: boolean;
  /** Changes with the same key in quick succession are undone together. */
  readonly change: (edit: Edit, key?: string) => void;
  readonly setText: (text: string) => void;
  readonly undo: () => void;
  readonly redo: () => void;
  readonly discard: () => void;
  readonly saved: (workflow: Workflow) => void;
}

interface Typed {
  readonly text: string;
  readonly value: JsonObject | undefined;
  readonly problem: string | undefined;
}

interface State {
  readonly history: History<JsonObject>;
  readonly base: JsonObject;
  readonly version: number;
  readonly typed: Typed | null;
}

type Action =
  | { readonly do: "change"; readonly edit: Edit; readonly key: string | null; readonly from: State }
  | { readonly do: "type"; readonly text: string; readonly from: State }
  | { readonly do: "undo" | "redo" | "discard" }
  | { readonly do: "saved"; readonly workflow: Workflow };

/** The draft of a workflow's definition. While nothing was changed it follows what is saved. */
export function useDraft(workflow: Workflow): Draft {
  const saved = workflow.definition as JsonObject;
  const [kept, dispatch] = useReducer(reduce, null);
  const isUntouched = useMemo(() => kept === null || isUnchanged(kept), [kept]);
  const fresh = useMemo(
    (): State => ({ history: historyOf(saved), base: saved, version: workflow.version, typed: null }),
    [saved, workflow.version],
  );
  const isStale = isUntouched && kept !== null && !isSame(kept.base, saved);
  const state = kept === null || isStale ? fresh : kept;
  const { history, typed, version } = state;
  const isChanged = useMemo(
    () => typed?.problem !== undefined || !isSame(history.present, state.base),
    [typed, history.present, state.base],
  );
  const isAsTyped = typed !== null && (typed.problem !== undefined || typed.value === history.present);

  return {
    definition: history.present,
    isChanged,
    isOutdated: isChanged && version < workflow.version,
    baseVersion: version,
    typed: isAsTyped ? typed.text : undefined,
    problem: typed?.problem,
    canUndo: history.past.length > 0 || typed?.problem !== undefined,
    canRedo: history.future.length > 0,
    change: useCallback((edit, key) => dispatch({ do: "change", edit, key: key ?? null, from: state }), [state]),
    setText: useCallback((text) => dispatch({ do: "type", text, from: state }), [state]),
    undo: useCallback(() => dispatch({ do: "undo" }), []),
    redo: useCallback(() => dispatch({ do: "redo" }), []),
    discard: useCallback(() => dispatch({ do: "discard" }), []),
    saved: useCallback((next) => dispatch({ do: "saved", workflow: next }), []),
  };
}

function isUnchanged({ typed, history, base }: State): boolean {
  return typed?.problem === undefined && isSame(history.present, base);
}

function reduce(kept: State | null, action: Action): State | null {
  if (action.do === "discard") return null;
  if (action.do === "change") {
    const state = startOf(kept, action.from);
    const next = action.edit(state.history.present);
    if (next === state.history.present) return state;
    return { ...state, typed: null, history: changed(state.history, next, action.key, Date.now()) };
  }
  if (action.do === "type") {
    const state = startOf(kept, action.from);
    const { value, problem } = readJsonObject(action.text);
    const typed = { text: action.text, value, problem };
    if (value === undefined) return { ...state, typed };
    return { ...state, typed, history: changed(state.history, value, "json", Date.now()) };
  }
  if (kept === null) return null;
  if (action.do === "saved") {
    const base = action.workflow.definition as JsonObject;
    return { ...kept, base, version: action.workflow.version };
  }
  if (kept.typed?.problem !== undefined) return { ...kept, typed: null };
  return { ...kept, typed: null, history: action.do === "undo" ? undone(kept.history) : redone(kept.history) };
}

/** What is edited further: what was kept, unless the reader sees something newer. */
function startOf(kept: State | null, from: State): State {
  return kept === null || (isUnchanged(kept) && kept.version < from.version) ? from : kept;
}
