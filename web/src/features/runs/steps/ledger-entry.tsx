import { CircleHelp } from "lucide-react";
import type { ToolCall } from "@/api/types";
import { clockTime } from "../clock-time";
import { CALL_STATE_LABEL, CALL_STATE_MEANING, EFFECT_LABEL } from "../labels";
import { InspectorPart } from "./inspector-part";

/** What the tool ledger holds of a call: it was entered before the call was made. */
export function LedgerEntry({ call }: { readonly call: ToolCall }) {
  return (
    <InspectorPart title="Tool ledger">
      <p className="flex items-center gap-1.5 text-sm font-medium">
        {call.state === "unknown" && <CircleHelp aria-hidden="true" className="size-4 text-warning" />}
        {CALL_STATE_LABEL[call.state]}
      </p>
      <p className="mt-0.5 text-sm text-muted">{CALL_STATE_MEANING[call.state]}</p>
      <dl className="mt-2 grid grid-cols-[auto_1fr] gap-x-6 gap-y-1 text-sm">
        <dt className="text-muted">Effect</dt>
        <dd>{EFFECT_LABEL[call.effect]}</dd>
        <dt className="text-muted">Entered</dt>
        <dd className="tabular-nums">{clockTime(call.created_at)}</dd>
        {call.attempts > 1 && (
          <>
            <dt className="text-muted">Attempts</dt>
            <dd className="tabular-nums">{call.attempts}</dd>
          </>
        )}
      </dl>
    </InspectorPart>
  );
}
