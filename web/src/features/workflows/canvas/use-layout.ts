import { useEffect, useRef, useState } from "react";
import { stringifyJson } from "@/lib/exact-json";
import type { Layout, LayoutInput } from "../graph/layout";
import type { LayoutReply, LayoutRequest } from "./layout-worker";

export interface LaidOut {
  readonly key: string;
  readonly layout: Layout;
}

/** The layout of a graph, computed by a worker; the last one while the next is computed, null before the first. */
export function useLayout(input: LayoutInput): LaidOut | null {
  const key = stringifyJson(input);
  const latest = useRef(input);
  latest.current = input;
  const [worker, setWorker] = useState<Worker | null>(null);
  const [laidOut, setLaidOut] = useState<LaidOut | null>(null);

  useEffect(() => {
    const made = new Worker(new URL("./layout-worker.ts", import.meta.url), { type: "module" });
    setWorker(made);
    return () => made.terminate();
  }, []);

  useEffect(() => {
    if (!worker) return;
    const id = Math.random();
    const asked = latest.current;
    const onMessage = ({ data }: MessageEvent<LayoutReply>) => {
      if (data.id === id) setLaidOut({ key, layout: data.layout ?? inARow(asked) });
    };
    worker.addEventListener("message", onMessage);
    worker.postMessage({ id, input: asked } satisfies LayoutRequest);
    return () => worker.removeEventListener("message", onMessage);
  }, [worker, key]);

  return laidOut;
}

/** One node below the other, for a graph that cannot be laid out. */
function inARow(input: LayoutInput): Layout {
  return {
    points: Object.fromEntries(input.nodes.map((node, row) => [node.id, { x: 0, y: row * (node.height + 40) }])),
    routes: {},
  };
}
