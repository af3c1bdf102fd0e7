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
import { targets } from "./api";
import type { ScheduleDraft } from "./schedule-draft";
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
  const { agents, teams } = found.data ?? { agents: [], teams: [] };
  return (
    <Field label="Agent or team" required error={error}>
      {(control) => (
        <Select {...control} value={draft.target} onChange={(event) => onChange({ target: event.target.value })}>
          <option value="">Choose</option>
          <optgroup label="Agents">
            {agents.map((agent) => (
              <option key={agent.id} value={`agent:${agent.id}`}>
                {agent.name}
              </option>
            ))}
          </optgroup>
          {teams.length > 0 && (
            <optgroup label="Teams">
              {teams.map((team) => (
                <option key={team.id} value={`team:${team.id}`}>
                  {team.name}
                </option>
              ))}
            </optgroup>
          )}
        </Select>
      )}
    </Field>
  );
}

/** Whether a draft has what every schedule needs. */
export function isFilled(draft: ScheduleDraft): boolean {
  return draft.name.trim() !== "" && draft.target !== "" && draft.prompt.trim() !== "";
}
