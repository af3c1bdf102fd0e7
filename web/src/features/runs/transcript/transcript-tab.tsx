import { type ReactNode, useRef } from "react";
import type { Approval, ToolCall } from "@/api/types";
import { useStickToEnd } from "@/lib/use-stick-to-end";
import type { RunState } from "../live/fold";
import { transcript } from "./transcript";
import { TranscriptView } from "./transcript-view";

interface Props {
  readonly state: RunState;
  readonly calls: readonly ToolCall[];
  readonly isLive: boolean;
  readonly renderApproval: (approval: Approval) => ReactNode;
  readonly onSelectStep: (stepId: string) => void;
}

/** The run as a conversation that a person can read; while it goes on, its end stays in sight. */
export function TranscriptTab({ state, calls, isLive, renderApproval, onSelectStep }: Props) {
  const frame = useRef<HTMLDivElement>(null);
  const content = useRef<HTMLDivElement>(null);
  const { onScroll } = useStickToEnd(frame, content, isLive);
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for the parts of a form
    <div
      ref={frame}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
      tabIndex={0}
      role="group"
      aria-label="Conversation"
      className="h-full overflow-auto"
      onScroll={onScroll}
    >
      <div ref={content} className="mx-auto max-w-[760px] px-5 py-6">
        <h2 className="sr-only">Conversation</h2>
        <TranscriptView
          items={transcript(state, calls)}
          renderApproval={renderApproval}
          renderStepLink={(stepId, children, label) => (
            <button
              type="button"
              aria-label={label}
              title={label}
              className="grid size-6 place-items-center rounded text-faint hover:bg-hover hover:text-fg"
              onClick={() => onSelectStep(stepId)}
            >
              {children}
            </button>
          )}
        />
      </div>
    </div>
  );
}
