import { useEffect, useRef } from "react";

/** A key by its name, and what it does. */
export type Keys = readonly (readonly [string, () => void])[];

export function keyed(keys: Keys, key: string): (() => void) | undefined {
  return keys.find(([name]) => name === key)?.[1];
}

/** Keys of a page: they work wherever the focus is, but for fields, open menus and keys with a modifier. */
export function useKeys(keys: Keys): void {
  const current = useRef(keys);
  current.current = keys;
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
      const act = keyed(current.current, event.key);
      if (!act) return;
      event.preventDefault();
      act();
    };
    document.addEventListener("keydown", onKeyDown);
    return () => document.removeEventListener("keydown", onKeyDown);
  }, []);
}

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable ||
      target.closest("input, textarea, select, [role=menu], [role=dialog], [role=alertdialog]") !== null)
  );
}
