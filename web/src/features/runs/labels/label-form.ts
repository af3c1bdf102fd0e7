/** Tags and metadata while they are edited: rows with keys of their own, and what is wrong with them. Pure. */
import { keyProblem, TAG_LENGTH } from "./label-limits";

export interface EntryRow {
  readonly id: number;
  readonly key: string;
  readonly value: string;
}

export interface LabelForm {
  readonly tags: readonly string[];
  readonly rows: readonly EntryRow[];
}

export const NO_LABELS: LabelForm = { tags: [], rows: [] };

export function formOf(tags: readonly string[], metadata: Readonly<Record<string, string>>): LabelForm {
  return { tags, rows: Object.entries(metadata).map(([key, value], id) => ({ id, key, value })) };
}

/** The tags and what was typed: several are separated by commas or lines, and none is there twice. */
export function withTags(tags: readonly string[], typed: string): string[] {
  const added = typed.split(/[,\n]/).map((tag) => tag.trim().slice(0, TAG_LENGTH));
  return [...new Set([...tags, ...added.filter((tag) => tag !== "")])];
}

export function withRow(rows: readonly EntryRow[]): EntryRow[] {
  return [...rows, { id: Math.max(-1, ...rows.map((row) => row.id)) + 1, key: "", value: "" }];
}

/** What is wrong with a row: an empty one is left out and nothing is wrong with it. */
export function problemOf(row: EntryRow, rows: readonly EntryRow[]): string | undefined {
  const key = row.key.trim();
  if (key === "") return row.value === "" ? undefined : "Enter a key for this value.";
  if (rows.some((other) => other.id < row.id && other.key.trim() === key)) return `“${key}” is there twice.`;
  return keyProblem(key);
}

export function hasProblem({ rows }: LabelForm): boolean {
  return rows.some((row) => problemOf(row, rows) !== undefined);
}

export function metadataOf({ rows }: LabelForm): Record<string, string> {
  return Object.fromEntries(rows.filter((row) => row.key.trim() !== "").map((row) => [row.key.trim(), row.value]));
}
