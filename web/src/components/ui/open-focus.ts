const FIELDS = "input:not(:disabled, [type=hidden]), select:not(:disabled), textarea:not(:disabled)";

/**
 * Where the focus goes when something opens: to its first field, else to itself. Not to its close button, which comes first:
 * its tooltip would open with it and take the first press of Escape.
 */
export function focusOnOpen(event: Event): void {
  const content = event.currentTarget;
  if (!(content instanceof HTMLElement)) return;
  event.preventDefault();
  (content.querySelector<HTMLElement>(FIELDS) ?? content).focus({ preventScroll: true });
}
