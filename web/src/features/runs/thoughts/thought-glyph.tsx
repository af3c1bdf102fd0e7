import type { ThoughtType } from "../types";
import { shapePath } from "./thought-shape";

const INK: Record<ThoughtType, string> = {
  input: "fill-chart-decision",
  processing: "fill-chart-model",
  action: "fill-chart-tool",
  output: "fill-chart-output",
};

/** A thought's shape, small: the same four shapes as in the map. */
export function ThoughtGlyph({ type }: { readonly type: ThoughtType }) {
  return (
    <svg viewBox="-2 -2 64 34" width={20} height={11} aria-hidden="true" className="shrink-0">
      <path d={shapePath(type, 60, 30)} className={INK[type]} />
    </svg>
  );
}
