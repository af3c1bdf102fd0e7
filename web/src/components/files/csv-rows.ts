/** Comma-separated values as rows (RFC 4180), read only as far as they are shown. */

export function parseCsv(text: string, maxRows: number): string[][] {
  const field = fieldPattern(separatorOf(text));
  const rows: string[][] = [];
  while (rows.length < maxRows && field.lastIndex < text.length) {
    const row = nextRow(text, field);
    if (row.length > 1 || row[0] !== "") rows.push(row);
  }
  return rows;
}

/** The fields up to the next end of a line, from where the pattern stands. */
function nextRow(text: string, field: RegExp): string[] {
  const row: string[] = [];
  for (;;) {
    const [, quoted, plain, end] = field.exec(text) ?? [];
    row.push(quoted?.replaceAll('""', '"') ?? plain ?? "");
    // Nothing, or the end of a line: the row is whole. After a separator there is one more field, be it empty.
    if (end === undefined || end === "" || end.endsWith("\n")) return row;
  }
}

/** A field, quoted or not, and what ends it. */
function fieldPattern(separator: string): RegExp {
  const plain = separator === "\t" ? "\\t" : separator;
  return new RegExp(`(?:"((?:[^"]|"")*)"|((?:[^${plain}\\r\\n]|\\r(?!\\n))*))(${plain}|\\r?\\n|$)`, "y");
}

/** The separator that the first line has most of. */
function separatorOf(text: string): string {
  const line = text.slice(0, text.indexOf("\n") + 1 || undefined);
  const counted = [",", ";", "\t"].map((one) => ({ one, count: line.split(one).length }));
  return counted.reduce((best, next) => (next.count > best.count ? next : best)).one;
}
