/** Lays graphs out beside the page, which stays quick in the meantime. */
import { type Layout, type LayoutInput, layOut } from "../graph/layout";

export interface LayoutRequest {
  readonly id: number;
  readonly input: LayoutInput;
}

export interface LayoutReply {
  readonly id: number;
  /** Null for a graph that could not be laid out. */
  readonly layout: Layout | null;
}

self.onmessage = ({ data }: MessageEvent<LayoutRequest>) => {
  let layout: Layout | null = null;
  try {
    layout = layOut(data.input);
  } finally {
    self.postMessage({ id: data.id, layout } satisfies LayoutReply);
  }
};
