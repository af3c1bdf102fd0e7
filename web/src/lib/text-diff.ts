/** What changed between two texts, word by word (Myers, "An O(ND) Difference Algorithm", 1986, over tokens). Pure. */

export interface DiffPart {
  kind: "same" | "added" | "removed";
  text: string;
}

/** Beyond so many edits two texts are simply different; the search grows with the square of it. */
const MOST_EDITS = 1500;

function tokensOf(text: string): string[] {
  return text.match(/\n|[^\S\n]+|[^\s]+/g) ?? [];
}

export function diffTexts(before: string, after: string): DiffPart[] {
  const [old, fresh] = [tokensOf(before), tokensOf(after)];
  let start = 0;
  while (start < old.length && start < fresh.length && old[start] === fresh[start]) start += 1;
  let end = 0;
  while (end < old.length - start && end < fresh.length - start && old.at(-1 - end) === fresh.at(-1 - end)) end += 1;
  const middle = diffTokens(old.slice(start, old.length - end), fresh.slice(start, fresh.length - end));
  return merged([
    { kind: "same", text: old.slice(0, start).join("") },
    ...middle,
    { kind: "same", text: old.slice(old.length - end).join("") },
  ]);
}

function diffTokens(old: readonly string[], fresh: readonly string[]): DiffPart[] {
  const trace = search(old, fresh);
  if (trace === null) {
    return [
      { kind: "removed", text: old.join("") },
      { kind: "added", text: fresh.join("") },
    ];
  }
  return walkBack(trace, old, fresh);
}

/** The farthest reach on each diagonal after each number of edits; null when there are too many. */
function search(old: readonly string[], fresh: readonly string[]): Map<number, number>[] | null {
  const reach = new Map<number, number>([[1, 0]]);
  const trace: Map<number, number>[] = [];
  const most = Math.min(old.length + fresh.length, MOST_EDITS);
  for (let edits = 0; edits <= most; edits += 1) {
    trace.push(new Map(reach));
    for (let diagonal = -edits; diagonal <= edits; diagonal += 2) {
      let x = isDown(reach, diagonal, edits) ? at(reach, diagonal + 1) : at(reach, diagonal - 1) + 1;
      while (x < old.length && x - diagonal < fresh.length && old[x] === fresh[x - diagonal]) x += 1;
      reach.set(diagonal, x);
      if (x >= old.length && x - diagonal >= fresh.length) return trace;
    }
  }
  return null;
}

function at(reach: ReadonlyMap<number, number>, diagonal: number): number {
  return reach.get(diagonal) ?? -1;
}

function isDown(reach: ReadonlyMap<number, number>, diagonal: number, edits: number): boolean {
  return diagonal === -edits || (diagonal !== edits && at(reach, diagonal - 1) < at(reach, diagonal + 1));
}

function walkBack(
  trace: readonly ReadonlyMap<number, number>[],
  old: readonly string[],
  fresh: readonly string[],
): DiffPart[] {
  const parts: DiffPart[] = [];
  let [x, y] = [old.length, fresh.length];
  for (let edits = trace.length - 1; edits > 0; edits -= 1) {
    const reach = trace[edits] ?? new Map<number, number>();
    const isInsert = isDown(reach, x - y, edits);
    const diagonal = isInsert ? x - y + 1 : x - y - 1;
    const [fromX, fromY] = [at(reach, diagonal), at(reach, diagonal) - diagonal];
    for (; x > fromX && y > fromY; x -= 1, y -= 1) parts.push({ kind: "same", text: old[x - 1] ?? "" });
    parts.push(isInsert ? { kind: "added", text: fresh[fromY] ?? "" } : { kind: "removed", text: old[fromX] ?? "" });
    [x, y] = [fromX, fromY];
  }
  // Before the first edit both are the same.
  parts.push({ kind: "same", text: old.slice(0, x).join("") });
  return parts.reverse();
}

/** Neighbours of one kind become one part; empty ones go. */
function merged(parts: readonly DiffPart[]): DiffPart[] {
  const result: DiffPart[] = [];
  for (const part of parts) {
    const last = result.at(-1);
    if (part.text === "") continue;
    if (last?.kind === part.kind) last.text += part.text;
    else result.push({ ...part });
  }
  return result;
}
