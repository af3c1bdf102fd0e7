/** Page-wide shortcuts stand back where something is being typed. */
export function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return (
    target.isContentEditable ||
    target.matches("input:not([type=checkbox]):not([type=radio]), textarea, select, [role=textbox]")
  );
}

/** Whether a key belongs to something else than the page: a modifier, a text, a dialog, an open menu. */
export function isTaken(event: KeyboardEvent): boolean {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return true;
  return isTyping(event.target) || document.querySelector("[role=dialog], [role=alertdialog], [role=menu]") !== null;
}

/** The name of the modifier on this machine. */
export const MODIFIER = /Mac|iPhone|iPad/.test(globalThis.navigator?.platform ?? "") ? "⌘" : "Ctrl";
