/** What can be undone: whole documents, which share the parts that did not change. Pure. */

export interface History<T> {
  readonly past: readonly T[];
  readonly present: T;
  readonly future: readonly T[];
  /** What the last change was of, and when: typing in one field is one change. */
  readonly last: { readonly key: string; readonly at: number } | null;
}

export const DEPTH = 500;
const TOGETHER_MS = 500;

export function historyOf<T>(present: T): History<T> {
  return { past: [], present, future: [], last: null };
}

/** The history after a change. Changes with the same key within half a second are one. */
export function changed<T>(history: History<T>, present: T, key: string | null, now: number): History<T> {
  if (present === history.present) return history;
  const { last } = history;
  const isMore = key !== null && last?.key === key && now - last.at < TOGETHER_MS && history.past.length > 0;
  const past = isMore ? history.past : [...history.past, history.present].slice(-DEPTH);
  return { past, present, future: [], last: key === null ? null : { key, at: now } };
}

export function undone<T>(history: History<T>): History<T> {
  const before = history.past.at(-1);
  if (before === undefined) return history;
  return {
    past: history.past.slice(0, -1),
    present: before,
    future: [history.present, ...history.future],
    last: null,
  };
}

export function redone<T>(history: History<T>): History<T> {
  const [next, ...future] = history.future;
  if (next === undefined) return history;
  return { past: [...history.past, history.present], present: next, future, last: null };
}
