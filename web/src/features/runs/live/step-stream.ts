/** The text that a model is writing in a step, put together from the pieces as they come. */

export interface StepStream {
  readonly text: string;
  readonly reasoning: string;
}

export const NOTHING: StepStream = { text: "", reasoning: "" };

/**
 * A piece that joins is appended; index 0 starts again, as it does for anyone who comes late; an overlap is cut; one that
 * would leave a hole gives null. The index counts characters as the server does, by code point; a string here counts
 * UTF-16 units.
 */
export function joined(before: string, index: number, piece: string): string | null {
  if (index === 0) return piece;
  const length = characters(before);
  if (index === length) return before + piece;
  return index > length ? null : [...before].slice(0, index).join("") + piece;
}

function characters(text: string): number {
  const pairs = text.match(/[\uD800-\uDBFF][\uDC00-\uDFFF]/g);
  return text.length - (pairs?.length ?? 0);
}

export function without(streams: Readonly<Record<string, StepStream>>, id: string): Readonly<Record<string, StepStream>> {
  if (!(id in streams)) return streams;
  const { [id]: _, ...rest } = streams;
  return rest;
}
