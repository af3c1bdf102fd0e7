/** The outline of a thought by its kind: four shapes, so that the kind does not hang on colour alone. */
import type { ThoughtType } from "../types";

const CORNER = 10;
const POINT = 14;
const FOLD = 14;

export function shapePath(type: ThoughtType, width: number, height: number): string {
  switch (type) {
    case "input":
      return rounded(width, height, Math.min(width, height) / 2);
    case "processing":
      return rounded(width, height, CORNER);
    case "action":
      return `M${POINT} 0H${width - POINT}L${width} ${height / 2}L${width - POINT} ${height}H${POINT}L0 ${height / 2}Z`;
    case "output":
      return `M4 0H${width - FOLD}L${width} ${FOLD}V${height - 4}Q${width} ${height} ${width - 4} ${height}H4Q0 ${height} 0 ${height - 4}V4Q0 0 4 0Z`;
  }
}

function rounded(width: number, height: number, radius: number): string {
  const r = Math.min(radius, width / 2, height / 2);
  return `M${r} 0H${width - r}A${r} ${r} 0 0 1 ${width} ${r}V${height - r}A${r} ${r} 0 0 1 ${width - r} ${height}H${r}A${r} ${r} 0 0 1 0 ${height - r}V${r}A${r} ${r} 0 0 1 ${r} 0Z`;
}

/** How strongly a shape is filled: by confidence, faint when the model gave none. */
export function fillOpacity(confidence: number | null): number {
  return confidence === null ? 0.1 : 0.08 + 0.42 * Math.min(1, Math.max(0, confidence));
}

const WIDTH = 216;
const LINE = 17;
const LINES = 3;
const CHARACTERS_PER_LINE = 29;
const AROUND = 40;

/** How much room a thought takes: its text in at most three lines, under a line that says what it is. */
export function sizeOf(content: string): { width: number; height: number } {
  const lines = content
    .split("\n")
    .reduce((sum, line) => sum + Math.max(1, Math.ceil(line.length / CHARACTERS_PER_LINE)), 0);
  return { width: WIDTH, height: AROUND + LINE * Math.min(LINES, Math.max(1, lines)) };
}
