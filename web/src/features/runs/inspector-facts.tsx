import type { ReactNode } from "react";
import type { Step } from "@/api/types";
import { count, duration, money } from "@/lib/format";
import { clockTime } from "./clock-time";
import { STEP_LABEL, STEP_STATUS_LABEL } from "./labels";

/** What is known of a step in figures; what is unknown is called so. */
export function InspectorFacts({ step, now }: { readonly step: Step; readonly now: number }) {
  const { usage } = step;
  const elapsed = step.status === "running" ? now - Date.parse(step.started_at) : step.duration_ms;
  const writing =
    elapsed !== null && usage?.first_token_ms != null && step.completed_at !== null ? elapsed - usage.first_token_ms : null;
  const speed = writing !== null && writing > 0 && usage?.output_tokens ? usage.output_tokens / (writing / 1000) : null;
  return (
    <dl className="grid grid-cols-[auto_1fr] gap-x-6 gap-y-1.5 border-b border-line px-4 py-3 text-sm">
      <Fact name="Kind" value={STEP_LABEL[step.step_type] ?? step.step_type} />
      <Fact name="Status" value={STEP_STATUS_LABEL[step.status] ?? step.status} />
      <Fact name="Started" value={clockTime(step.started_at)} />
      <Fact name="Duration" value={elapsed === null ? "not known" : duration(elapsed)} />
      {usage?.model != null && <Fact name="Model" value={usage.model} />}
      {usage?.first_token_ms != null && <Fact name="First token" value={duration(usage.first_token_ms)} />}
      {speed !== null && <Fact name="Speed" value={`${speed.toFixed(speed < 10 ? 1 : 0)} tokens/s`} />}
      {usage?.input_tokens != null && <Fact name="Tokens" value={<TokenSplit step={step} />} />}
      {usage && <Fact name="Cost" value={usage.cost_usd == null ? "unknown" : money(usage.cost_usd)} />}
      {usage?.attempts != null && usage.attempts > 1 && <Fact name="Attempts" value={String(usage.attempts)} />}
    </dl>
  );
}

function Fact({ name, value }: { readonly name: string; readonly value: ReactNode }) {
  return (
    <>
      <dt className="text-muted">{name}</dt>
      <dd className="min-w-0 break-words tabular-nums">{value}</dd>
    </>
  );
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
      <span aria-hidden="true" className="mt-1 flex h-1.5 overflow-hidden rounded-full bg-sunken">
        <span className="bg-info/50" style={part(cached)} />
        <span className="bg-info" style={part(input - cached)} />
        <span className="bg-success" style={part(output)} />
      </span>
    </span>
  );
}
