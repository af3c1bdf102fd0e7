import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { isApiError } from "@/api/problem";
import type { Schedule } from "@/api/types";
import { Section } from "@/components/ui/card";
import { Field } from "@/components/ui/field";
import { Input, Textarea } from "@/components/ui/input";
import { ErrorNotice } from "@/components/ui/notice";
import { NumberField } from "@/components/ui/number-field";
import { Select } from "@/components/ui/select";
import { readJsonObject } from "@/lib/read-json";
import { targets } from "./api";
import { type ScheduleDraft, targetOf } from "./schedule-draft";
import { TimingFields } from "./timing-fields";
import { LivePreview } from "./upcoming-list";

const OVERLAPS: readonly { value: Schedule["overlap"]; label: string }[] = [
  { value: "skip", label: "Skip the new run" },
  { value: "queue", label: "Queue the new run" },
  { value: "cancel", label: "Cancel the earlier run" },
  { value: "allow", label: "Run both" },
];
const CATCH_UPS: readonly { value: Schedule["catch_up"]; label: string }[] = [
  { value: "last", label: "Run the last missed one" },
  { value: "all", label: "Run all missed ones" },
  { value: "skip", label: "Run none of them" },
];

interface Props {
  draft: ScheduleDraft;
  onChange: (change: Partial<ScheduleDraft>) => void;
  error: unknown;
  /** The buttons below. */
  children: ReactNode;
}

/** All of a schedule that a user decides, with its next times beside it. */
export function ScheduleForm({ draft, onChange, error, children }: Props) {
  const problemOf = (field: string) => (isApiError(error) ? error.fieldMessage(field) : undefined);
  return (
    <div className="grid items-start gap-4 lg:grid-cols-[minmax(0,3fr)_minmax(0,2fr)]">
      <div className="flex min-w-0 flex-col gap-4">
        <Section title="What to run">
          <div className="flex flex-col gap-4">
            <Field label="Name" required error={problemOf("name")}>
              {(control) => (
                <Input
                  {...control}
                  maxLength={200}
                  placeholder="Daily report"
                  value={draft.name}
                  onChange={(event) => onChange({ name: event.target.value })}
                />
              )}
            </Field>
            <TargetField draft={draft} onChange={onChange} error={problemOf("target_id")} />
            {targetOf(draft)?.type === "workflow" ? (
              <Field label="Input (JSON)" error={readJsonObject(draft.input).problem ?? problemOf("input")}>
                {(control) => (
                  <Textarea
                    {...control}
                    spellCheck={false}
                    className="font-mono text-xs"
                    value={draft.input}
                    onChange={(event) => onChange({ input: event.target.value })}
                  />
                )}
              </Field>
            ) : (
              <Field label="Prompt" required error={problemOf("input.prompt")}>
                {(control) => (
                  <Textarea
                    {...control}
                    placeholder="Write the report of yesterday."
                    value={draft.prompt}
                    onChange={(event) => onChange({ prompt: event.target.value })}
                  />
                )}
              </Field>
            )}
          </div>
        </Section>
        <Section title="When">
          <TimingFields draft={draft} onChange={onChange} problemOf={problemOf} />
        </Section>
        <Section title="Policies">
          <div className="grid gap-4 sm:grid-cols-2">
            <Field label="If an earlier run is unfinished">
              {(control) => (
                <Select
                  {...control}
                  value={draft.overlap}
                  onChange={(event) => onChange({ overlap: event.target.value as Schedule["overlap"] })}
                >
                  {OVERLAPS.map((each) => (
                    <option key={each.value} value={each.value}>
                      {each.label}
                    </option>
                  ))}
                </Select>
              )}
            </Field>
            <Field label="After an outage">
              {(control) => (
                <Select
                  {...control}
                  value={draft.catchUp}
                  onChange={(event) => onChange({ catchUp: event.target.value as Schedule["catch_up"] })}
                >
                  {CATCH_UPS.map((each) => (
                    <option key={each.value} value={each.value}>
                      {each.label}
                    </option>
                  ))}
                </Select>
              )}
            </Field>
            <NumberField
              label="Maximum random delay"
              unit="seconds"
              min={0}
              max={3600}
              value={draft.jitterSeconds}
              onChange={(jitterSeconds) => onChange({ jitterSeconds })}
              error={problemOf("jitter_seconds")}
            />
          </div>
        </Section>
        <ErrorNotice error={error} />
        <div className="flex gap-2">{children}</div>
      </div>
      <Section title="Preview" className="lg:sticky lg:top-4">
        <LivePreview draft={draft} />
      </Section>
    </div>
  );
}

interface TargetProps extends Pick<Props, "draft" | "onChange"> {
  error: string | undefined;
}

function TargetField({ draft, onChange, error }: TargetProps) {
  const found = useQuery(targets);
  const { agents, teams, workflows } = found.data ?? { agents: [], teams: [], workflows: [] };
  return (
    <Field label="Agent, team or workflow" required error={error}>
      {(control) => (
        <Select {...control} value={draft.target} onChange={(event) => onChange({ target: event.target.value })}>
          <option value="">Choose</option>
          <Options type="agent" label="Agents" items={agents} />
          <Options type="team" label="Teams" items={teams} />
          <Options type="workflow" label="Workflows" items={workflows} />
        </Select>
      )}
    </Field>
  );
}

interface OptionsProps {
  type: Schedule["target_type"];
  label: string;
  items: readonly { id: string; name: string }[];
}

function Options({ type, label, items }: OptionsProps) {
  if (items.length === 0) return null;
  return (
    <optgroup label={label}>
      {items.map((item) => (
        <option key={item.id} value={`${type}:${item.id}`}>
          {item.name}
        </option>
      ))}
    </optgroup>
  );
}

/** Whether a draft has what every schedule needs. */
export function isFilled(draft: ScheduleDraft): boolean {
  const target = targetOf(draft);
  if (draft.name.trim() === "" || target === null) return false;
  return target.type === "workflow" ? readJsonObject(draft.input).value !== undefined : draft.prompt.trim() !== "";
}
