import type { ReactNode } from "react";
import type { Step } from "@/api/types";
import { CostText } from "@/components/ui/cost-text";
import { KeyValueList } from "@/components/ui/key-value";
import { costOfCall } from "@/lib/cost";
import { count, duration } from "@/lib/format";
import { clockTime } from "../clock-time";
import { STEP_LABEL, STEP_STATUS_LABEL } from "../labels";
import { elapsedOf } from "./elapsed";

/** What is known of a step in figures; what is unknown is called so. */
export function InspectorFacts({ step, now }: { readonly step: Step; readonly now: number }) {
  return (
    <div className="border-b border-line px-4 py-3">
      <KeyValueList
        rows={[
          ["Kind", STEP_LABEL[step.step_type] ?? step.step_type],
          ["Status", STEP_STATUS_LABEL[step.status] ?? step.status],
          ["Started", clockTime(step.started_at)],
          ["Duration", duration(elapsedOf(step, now))],
          ["Node", step.node_id],
          ["Visit", step.visit === null ? null : String(step.visit)],
          ["Item or round", step.item_index == null ? null : String(step.item_index + 1)],
          ["Source", SOURCES[step.source] ?? null],
          ...usageRows(step),
        ]}
      />
    </div>
  );
}

/** Where the output of a step is from that was not executed. */
const SOURCES: Readonly<Record<string, string>> = {
  pinned: "Pinned: given to the run, not executed",
  cached: "Cached: the result of an earlier run",
  simulated: "Dry run: nothing was called",
};

function usageRows(step: Step): [string, ReactNode][] {
  const { usage } = step;
  if (!usage) return [];
  const speed = speedOf(step);
  return [
    ["Model", usage.model],
    ["First token", usage.first_token_ms == null ? null : duration(usage.first_token_ms)],
    ["Speed", speed === null ? null : `${speed.toFixed(speed < 10 ? 1 : 0)} tokens/s`],
    ["Tokens", usage.input_tokens == null ? null : <TokenSplit key="tokens" step={step} />],
    ["Cost", <CostText key="cost" value={costOfCall(usage.cost_usd)} />],
    ["Attempts", (usage.attempts ?? 1) > 1 ? String(usage.attempts) : null],
  ];
}

/** Output tokens a second while the model wrote. */
function speedOf({ usage, duration_ms, completed_at }: Step): number | null {
  if (duration_ms === null || completed_at === null || usage?.first_token_ms == null || !usage.output_tokens) return null;
  const writing = duration_ms - usage.first_token_ms;
  return writing > 0 ? usage.output_tokens / (writing / 1000) : null;
}

/** How the tokens divide: new input, input read from the provider's cache, output. */
function TokenSplit({ step }: { readonly step: Step }) {
  const input = step.usage?.input_tokens ?? 0;
  const cached = step.usage?.cached_input_tokens ?? 0;
  const output = step.usage?.output_tokens ?? 0;
  const total = Math.max(1, input + output);
  const part = (tokens: number) => ({ width: `${(tokens / total) * 100}%` });
  return (
    <span className="block">
      {count(input)} in{cached > 0 && ` (${count(cached)} cached)`}, {count(output)} out
      {step.usage?.is_estimated && <span className="text-muted"> (estimated)</span>}
      <span aria-hidden="true" className="mt-1 flex h-1.5 overflow-hidden rounded-full bg-sunken">
        <span className="bg-info/50" style={part(cached)} />
        <span className="bg-info" style={part(input - cached)} />
        <span className="bg-success" style={part(output)} />
      </span>
    </span>
  );
}
