import { useId } from "react";
import type { TeamConfig } from "@/api/types";
import { Section } from "@/components/ui/card";
import { Field } from "@/components/ui/field";
import { NumberField } from "@/components/ui/number-field";
import { Select } from "@/components/ui/select";
import { Switch } from "@/components/ui/switch";
import type { TeamDraft } from "./team-draft";

interface Props {
  draft: TeamDraft;
  isReadOnly: boolean;
  problemOf: (field: string) => string | undefined;
  onChange: (config: Partial<TeamConfig>) => void;
}

type Policy = TeamConfig["partial_results"]["policy"];

const POLICIES: readonly { value: Policy; label: string }[] = [
  { value: "best_effort", label: "Wait for all; tell the leader who failed" },
  { value: "all", label: "Every member must answer, else the run fails" },
  { value: "quorum", label: "Go on when so many have answered" },
  { value: "first", label: "Go on with the first answer" },
  { value: "best_effort_until", label: "Go on after so many seconds" },
];

const SHARED = [
  { name: "history", label: "The conversation before" },
  { name: "answers", label: "What members answered earlier in the run" },
  { name: "state", label: "A state that members read and change" },
] as const;

export function TeamLimits({ draft, isReadOnly, problemOf, onChange }: Props) {
  const { config } = draft;
  const { policy, quorum, seconds } = config.partial_results;
  const mayWriteTask = draft.type === "route" || draft.type === "collaborate";
  const setPolicy = (next: Policy) =>
    onChange({
      partial_results: {
        policy: next,
        quorum: next === "quorum" ? Math.max(1, Math.ceil(draft.members.length / 2)) : null,
        seconds: next === "best_effort_until" ? 60 : null,
      },
    });
  return (
    <Section title="How they work together">
      <div className="flex flex-col gap-4">
        <div className="grid grid-cols-2 gap-4 sm:grid-cols-4">
          <NumberField
            label="At the same time"
            unit="members"
            min={1}
            max={50}
            step={1}
            disabled={isReadOnly}
            value={config.max_parallel}
            error={problemOf("config.max_parallel")}
            onChange={(value) => onChange({ max_parallel: value ?? 4 })}
          />
          <NumberField
            label="Most rounds"
            min={1}
            max={50}
            step={1}
            disabled={isReadOnly}
            value={config.max_rounds}
            error={problemOf("config.max_rounds")}
            onChange={(value) => onChange({ max_rounds: value ?? 6 })}
          />
          <NumberField
            label="Most delegations"
            min={1}
            max={1000}
            step={1}
            disabled={isReadOnly}
            value={config.max_delegations}
            error={problemOf("config.max_delegations")}
            onChange={(value) => onChange({ max_delegations: value ?? 50 })}
          />
          <NumberField
            label="Most cost"
            unit="USD"
            min={0}
            step="any"
            placeholder="no limit"
            disabled={isReadOnly}
            value={config.limits.max_cost_usd}
            error={problemOf("config.limits.max_cost_usd")}
            onChange={(value) => onChange({ limits: { ...config.limits, max_cost_usd: value } })}
          />
        </div>
        <div className="grid gap-4 sm:grid-cols-[minmax(0,3fr)_minmax(0,1fr)]">
          <Field label="When members fail or are slow" error={problemOf("config.partial_results")}>
            {(control) => (
              <Select
                {...control}
                value={policy}
                disabled={isReadOnly}
                onChange={(event) => setPolicy(event.target.value as Policy)}
              >
                {POLICIES.map((each) => (
                  <option key={each.value} value={each.value}>
                    {each.label}
                  </option>
                ))}
              </Select>
            )}
          </Field>
          {policy === "quorum" && (
            <NumberField
              label="Answers"
              min={1}
              step={1}
              disabled={isReadOnly}
              value={quorum}
              error={problemOf("config.partial_results.quorum")}
              onChange={(value) => onChange({ partial_results: { policy, quorum: value ?? 1, seconds: null } })}
            />
          )}
          {policy === "best_effort_until" && (
            <NumberField
              label="Seconds"
              min={1}
              step={1}
              disabled={isReadOnly}
              value={seconds}
              error={problemOf("config.partial_results.seconds")}
              onChange={(value) => onChange({ partial_results: { policy, quorum: null, seconds: value ?? 60 } })}
            />
          )}
        </div>
        <fieldset className="flex flex-col gap-2">
          <legend className="mb-1 font-medium text-fg text-xs">Members see their task, and</legend>
          {SHARED.map(({ name, label }) => (
            <Toggle
              key={name}
              label={label}
              isOn={config.sharing[name]}
              disabled={isReadOnly}
              onChange={(isOn) => onChange({ sharing: { ...config.sharing, [name]: isOn } })}
            />
          ))}
        </fieldset>
        {mayWriteTask && (
          <Toggle
            label="The leader writes what members are asked"
            isOn={config.leader_writes_task}
            disabled={isReadOnly}
            onChange={(isOn) => onChange({ leader_writes_task: isOn })}
          />
        )}
      </div>
    </Section>
  );
}

interface ToggleProps {
  label: string;
  isOn: boolean;
  disabled: boolean;
  onChange: (isOn: boolean) => void;
}

function Toggle({ label, isOn, disabled, onChange }: ToggleProps) {
  const id = useId();
  return (
    <div className="flex items-center gap-2.5">
      <Switch id={id} checked={isOn} disabled={disabled} onChange={onChange} />
      <label htmlFor={id} className="text-fg text-sm">
        {label}
      </label>
    </div>
  );
}
