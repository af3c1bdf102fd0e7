/** Page-wide keys: single ones ("?") and pairs ("g a"), the second within a second and a half of the first. */
import { useEffect, useRef } from "react";
import { isTaken } from "./keys";

const PAIR_MS = 1500;

export type Shortcuts = Readonly<Record<string, () => void>>;

export function useShortcuts(shortcuts: Shortcuts): void {
  const latest = useRef(shortcuts);
  latest.current = shortcuts;
  useEffect(() => {
    let first: { key: string; at: number } | null = null;
    function onKey(event: KeyboardEvent): void {
      if (isTaken(event)) return;
      const pair = first && Date.now() - first.at < PAIR_MS ? `${first.key} ${event.key}` : null;
      const action = (pair && latest.current[pair]) || latest.current[event.key];
      first = action ? null : { key: event.key, at: Date.now() };
      if (!action) return;
      event.preventDefault();
      action();
    }
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, []);
}
