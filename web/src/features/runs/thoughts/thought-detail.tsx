import type { Thought } from "@/api/types";
import { duration } from "@/lib/format";
import { THOUGHT_LABEL } from "../labels";

/** The whole of the chosen thought, at the foot of the map. */
export function ThoughtDetail({ thought }: { readonly thought: Thought }) {
  const model = typeof thought.metadata.model === "string" ? thought.metadata.model : null;
  return (
    <section
      aria-label="Selected thought"
      className="absolute bottom-3 left-3 max-h-56 w-96 max-w-[calc(100%-1.5rem)] overflow-auto rounded-lg border border-line bg-raised p-3.5 shadow-pop"
    >
      <p className="mb-1 flex flex-wrap gap-x-2 text-xs text-muted">
        <span className="font-medium text-fg">{THOUGHT_LABEL[thought.node_type]}</span>
        <span>
          confidence {thought.confidence_score === null ? "not given" : `${Math.round(thought.confidence_score * 100)} %`}
        </span>
        {thought.processing_time_ms !== null && <span className="tabular-nums">{duration(thought.processing_time_ms)}</span>}
        {model !== null && <span>{model}</span>}
      </p>
      <p className="text-sm break-words whitespace-pre-wrap">{thought.content}</p>
    </section>
  );
}
