import type { ReactNode } from "react";
import type { Approval, ToolCall } from "@/api/types";
import type { RunState } from "./fold";
import { transcript } from "./transcript";
import { TranscriptView } from "./transcript-view";

interface Props {
  readonly state: RunState;
  readonly calls: readonly ToolCall[];
  readonly renderApproval: (approval: Approval) => ReactNode;
  readonly onSelectStep: (stepId: string) => void;
}

/** The run as a conversation that a person can read. */
export function TranscriptTab({ state, calls, renderApproval, onSelectStep }: Props) {
  return (
    <div className="mx-auto max-w-[760px] px-5 py-6">
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
  );
}
