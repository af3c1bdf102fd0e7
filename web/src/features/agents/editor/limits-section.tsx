import { Section } from "@/components/ui/card";
import { NumberField } from "@/components/ui/number-field";
import type { SectionProps } from "./section-props";

const LIMITS = [
  { name: "max_steps", label: "Steps", hint: "Model calls and tool calls together.", fallback: 50, min: 1 },
  { name: "max_tool_calls", label: "Tool calls", placeholder: "no limit", min: 0 },
  { name: "max_cost_usd", label: "Cost", placeholder: "no limit", unit: "USD", step: "any", min: 0 },
  { name: "timeout_seconds", label: "Run time-out", unit: "seconds", fallback: 900, min: 1 },
  { name: "tool_timeout_seconds", label: "Tool call time-out", unit: "seconds", fallback: 60, min: 1 },
] as const;

/** The limits of one run, and how many runs may go on at once. */
export function LimitsSection({ draft, isReadOnly, problemOf }: SectionProps) {
  const { config, deployment_config } = draft.definition;
  return (
    <Section id="limits" title="Limits" description="A run that reaches a limit fails with an error that names it.">
      <div className="grid gap-4 sm:grid-cols-3">
        {LIMITS.map(({ name, ...rest }) => (
          <NumberField
            key={name}
            {...rest}
            value={numberOf(config.limits[name])}
            disabled={isReadOnly}
            error={problemOf(`config.limits.${name}`)}
            onChange={(value) =>
              draft.setConfig({ limits: { [name]: value ?? ("fallback" in rest ? rest.fallback : null) } })
            }
          />
        ))}
        <NumberField
          label="Maximum concurrent runs"
          placeholder="no limit of its own"
          min={1}
          value={deployment_config.max_concurrent_runs}
          disabled={isReadOnly}
          error={problemOf("deployment_config.max_concurrent_runs")}
          onChange={(max_concurrent_runs) => draft.set({ deployment_config: { ...deployment_config, max_concurrent_runs } })}
        />
        <NumberField
          label="Priority"
          hint="−100 to 100; the higher, the sooner."
          min={-100}
          max={100}
          value={deployment_config.priority}
          disabled={isReadOnly}
          error={problemOf("deployment_config.priority")}
          onChange={(priority) => draft.set({ deployment_config: { ...deployment_config, priority: priority ?? 0 } })}
        />
      </div>
    </Section>
  );
}

/** Money may come as a text, which keeps its exactness. */
function numberOf(value: number | string | null): number | null {
  return value === null ? null : Number(value);
}

export function MemorySection({ draft, isReadOnly, problemOf }: SectionProps) {
  return (
    <Section id="memory" title="Memory" description="How many messages of a conversation the model receives.">
      <div className="max-w-60">
        <NumberField
          label="Newest messages"
          min={0}
          max={500}
          hint="0: every message stands alone."
          value={draft.definition.config.memory.history_messages}
          disabled={isReadOnly}
          error={problemOf("config.memory.history_messages")}
          onChange={(value) => draft.setConfig({ memory: { history_messages: value ?? 0 } })}
        />
      </div>
    </Section>
  );
}
