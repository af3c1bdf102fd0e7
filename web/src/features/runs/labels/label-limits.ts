/** What the API takes of tags and metadata, so that a form can refuse the rest at its field. */

export const TAG_LENGTH = 64;
export const MOST_TAGS = 20;
export const KEY_LENGTH = 64;
export const VALUE_LENGTH = 512;
export const MOST_ENTRIES = 50;

/** What is wrong with a key of the metadata; undefined for a valid one. */
export function keyProblem(key: string): string | undefined {
  return /[:=]/.test(key) ? "A key may not contain “:” or “=”." : undefined;
}
