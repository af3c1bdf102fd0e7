import { useEffect, useRef } from "react";
import { isTyping } from "@/lib/keys";
import type { Draft } from "./use-draft";

/** Fields of the draft carry this: in them too, the keys undo what was done to the draft. */
export const DRAFT_FIELDS = { "data-draft": true } as const;

/** Ctrl+Z and Ctrl+Shift+Z (or Ctrl+Y) undo and redo changes of a draft, wherever the focus is but in other fields. */
export function useUndoKeys(draft: Draft): void {
  const current = useRef(draft);
  current.current = draft;
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      const way = wayOf(event);
      if (way === null || isElsewhere(event.target)) return;
      event.preventDefault();
      current.current[way]();
    };
    document.addEventListener("keydown", onKeyDown);
    return () => document.removeEventListener("keydown", onKeyDown);
  }, []);
}

function wayOf(event: KeyboardEvent): "undo" | "redo" | null {
  if (!(event.ctrlKey || event.metaKey) || event.altKey) return null;
  const key = event.key.toLowerCase();
  if (key === "z") return event.shiftKey ? "redo" : "undo";
  return key === "y" ? "redo" : null;
}

function isElsewhere(target: EventTarget | null): boolean {
  const element = target instanceof Element ? target : null;
  if (element?.closest("[role=dialog], [role=alertdialog]")) return true;
  return isTyping(target) && !element?.closest("[data-draft]");
}
