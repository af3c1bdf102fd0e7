/**
 * Cut Markdown where a block surely ends, so that a growing text is drawn piece by piece. Fences and lists that
 * continue stay whole; a text with reference links or footnotes, whose parts need one another, is not cut at all.
 */
export function markdownBlocks(text: string): string[] {
  if (/^\s{0,3}\[[^\]]+\]:/m.test(text)) return [text];
  const blocks: string[] = [];
  let block: string[] = [];
  let fence: string | null = null;
  const lines = text.split("\n");
  lines.forEach((line, index) => {
    const mark = /^\s{0,3}(`{3,}|~{3,})/.exec(line)?.[1];
    if (fence === null && mark) fence = mark;
    else if (fence !== null && mark?.startsWith(fence) && line.trim() === mark) fence = null;
    block.push(line);
    if (fence === null && line.trim() === "" && startsBlock(lines[index + 1])) {
      blocks.push(block.join("\n"));
      block = [];
    }
  });
  if (block.length > 0) blocks.push(block.join("\n"));
  return blocks;
}

/** After an empty line only a line at the margin that is no list item begins something new. */
function startsBlock(line: string | undefined): boolean {
  return line !== undefined && /^[^\s\-*+\d>|<]/.test(line);
}
