/** A line of Markdown without its marks, for previews in lists. A mark within a word, as in snake_case, is none. */
export function plainLine(markdown: string): string {
  return markdown
    .replaceAll(/!?\[([^\]]*)\]\([^)\s]*\)/g, "$1")
    .replaceAll(/(\*\*|__|~~|`)(?=\S)([^*_~`]+)\1/g, "$2")
    .replace(/^(?:#{1,6}|>|[-*+])\s+/, "")
    .replaceAll(/\s#{2,6}\s+/g, " ")
    .trim();
}
