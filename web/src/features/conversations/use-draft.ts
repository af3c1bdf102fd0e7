import { useState } from "react";

/** A text that is being written: kept in this tab, so that a reload does not lose it. */
export function useDraft(key: string): readonly [string, (text: string) => void, () => void] {
  const name = `retinue.draft.${key}`;
  const [text, setText] = useState(() => sessionStorage.getItem(name) ?? "");
  const set = (next: string) => {
    setText(next);
    if (next === "") sessionStorage.removeItem(name);
    else sessionStorage.setItem(name, next);
  };
  return [text, set, () => set("")];
}
