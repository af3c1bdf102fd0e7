import { useQuery } from "@tanstack/react-query";
import { type FormEvent, useDeferredValue, useState } from "react";
import { isApiError } from "@/api/problem";
import type { AlertConfig, AlertSeverity, BacktestRequest } from "@/api/types";
import { Button } from "@/components/ui/button";
import { Checkbox } from "@/components/ui/checkbox";
import { Dialog } from "@/components/ui/dialog";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { ErrorNotice } from "@/components/ui/notice";
import { NumberField } from "@/components/ui/number-field";
import { Select } from "@/components/ui/select";
import { backtest, ruleAgents, useSaveRule } from "./api";
import { BacktestChart } from "./backtest-chart";
import { ConditionFields } from "./condition-fields";
import { bodyOf, draftOf, isAboutInstallation, type RuleDraft } from "./rule-draft";
import { SEVERITIES } from "./severity";

interface Props {
  /** Null creates a new one. */
  readonly rule: AlertConfig | null;
  readonly onClose: () => void;
}

export function RuleDialog({ rule, onClose }: Props) {
  const save = useSaveRule(rule?.id ?? null);
  const [draft, setDraft] = useState(() => draftOf(rule));
  const [jsonError, setJsonError] = useState<string | undefined>();
  const change = (fields: Partial<RuleDraft>) => setDraft({ ...draft, ...fields });
  const problems = isApiError(save.error) ? save.error.fields : [];
  const problemOf = (name: string) => (isApiError(save.error) ? save.error.fieldMessage(name) : undefined);
  const condition = problems.find((each) => each.field.startsWith("conditions"));
  const hasShownProblem =
    condition !== undefined || ["name", "channels.email", "channels.slack", "channels.webhook"].some(problemOf);

  function onSubmit(event: FormEvent): void {
    event.preventDefault();
    setJsonError(undefined);
    try {
      save.mutate(bodyOf(draft, rule?.channels ?? {}, rule === null), { onSuccess: onClose });
    } catch {
      setJsonError("The conditions are not valid JSON.");
    }
  }

  return (
    <Dialog open onOpenChange={onClose} title={rule ? `Edit ${rule.name}` : "New rule"}>
      <form onSubmit={onSubmit} className="flex flex-col gap-4" noValidate>
        <Field label="Name" required error={problemOf("name")}>
          {(control) => (
            <Input
              {...control}
              value={draft.name}
              maxLength={255}
              onChange={(event) => change({ name: event.target.value })}
            />
          )}
        </Field>
        <ConditionFields
          draft={draft}
          onChange={change}
          error={jsonError ?? (condition && `${condition.field} ${condition.message}. ${condition.remedy ?? ""}`)}
        />
        {!isAboutInstallation(draft.kind) && <Scope draft={draft} onChange={change} />}
        <Preview draft={draft} />
        <div className="grid gap-4 sm:grid-cols-3">
          <Field label="Severity">
            {(control) => (
              <Select
                {...control}
                className="w-full"
                value={draft.severity}
                onChange={(event) => change({ severity: event.target.value as AlertSeverity })}
              >
                {SEVERITIES.map(([value, label]) => (
                  <option key={value} value={value}>
                    {label}
                  </option>
                ))}
              </Select>
            )}
          </Field>
          <NumberField
            label="True for at least"
            unit="seconds"
            min={0}
            max={604800}
            step={1}
            value={draft.forSeconds}
            onChange={(forSeconds) => change({ forSeconds })}
          />
          <NumberField
            label="Remind every"
            unit="hours"
            min={0}
            max={720}
            step={1}
            hint="0 sends no reminders."
            value={draft.renotifyHours}
            onChange={(renotifyHours) => change({ renotifyHours })}
          />
        </div>
        <Channels draft={draft} onChange={change} problemOf={problemOf} />
        <Second draft={draft} onChange={change} problemOf={problemOf} />
        {!hasShownProblem && <ErrorNotice error={save.error} />}
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" variant="primary" busy={save.isPending} disabled={draft.name.trim() === ""}>
            {rule ? "Save rule" : "Create rule"}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

interface PartProps {
  readonly draft: RuleDraft;
  readonly onChange: (fields: Partial<RuleDraft>) => void;
}

function Scope({ draft, onChange }: PartProps) {
  const agents = useQuery(ruleAgents);
  return (
    <div className="flex flex-col gap-2">
      <Field label="Agent">
        {(control) => (
          <Select
            {...control}
            className="w-full"
            value={draft.agentId}
            onChange={(event) => onChange({ agentId: event.target.value })}
          >
            <option value="">All agents</option>
            {agents.data?.items.map((agent) => (
              <option key={agent.id} value={agent.id}>
                {agent.name}
              </option>
            ))}
          </Select>
        )}
      </Field>
      {draft.agentId === "" && (
        <Checkbox
          label="Evaluate each agent by itself"
          checked={draft.isPerAgent}
          onChange={(event) => onChange({ isPerAgent: event.target.checked })}
        />
      )}
    </div>
  );
}

function Channels({ draft, onChange, problemOf }: PartProps & { problemOf: (name: string) => string | undefined }) {
  const fields = [
    { key: "email", label: "E-mail", hint: "Comma-separated addresses. A new address is verified first." },
    { key: "slack", label: "Slack channels", hint: "Names of channels under Channels, as #alerts." },
    { key: "webhook", label: "Webhooks", hint: "Names of channels under Channels." },
  ] as const;
  return (
    <fieldset className="grid gap-4 sm:grid-cols-3">
      <legend className="mb-1 font-medium text-fg text-sm">Send to</legend>
      {fields.map(({ key, label, hint }) => (
        <Field key={key} label={label} hint={hint} error={problemOf(`channels.${key}`)}>
          {(control) => (
            <Input
              {...control}
              value={draft[key]}
              autoComplete="off"
              onChange={(event) => onChange({ [key]: event.target.value })}
            />
          )}
        </Field>
      ))}
    </fieldset>
  );
}

/** Who is notified when nobody acknowledges, and of which runs. */
function Second({ draft, onChange, problemOf }: PartProps & { problemOf: (name: string) => string | undefined }) {
  return (
    <div className="grid gap-4 sm:grid-cols-3">
      <NumberField
        label="Escalate after"
        unit="minutes"
        min={0}
        max={10080}
        step={1}
        hint="If nobody acknowledges. 0 never escalates."
        value={draft.escalateMinutes}
        onChange={(escalateMinutes) => onChange({ escalateMinutes })}
      />
      <Field label="Escalate to (e-mail)" error={problemOf("escalate_channels.email") ?? problemOf("escalate_channels")}>
        {(control) => (
          <Input
            {...control}
            value={draft.second}
            autoComplete="off"
            onChange={(event) => onChange({ second: event.target.value })}
          />
        )}
      </Field>
      <Field label="Only runs with tag" error={problemOf("tag")}>
        {(control) => (
          <Input {...control} value={draft.tag} maxLength={50} onChange={(event) => onChange({ tag: event.target.value })} />
        )}
      </Field>
    </div>
  );
}

/** What the rule would have done over the past 30 days. */
function Preview({ draft }: { draft: RuleDraft }) {
  const asked = useDeferredValue(requestOf(draft));
  const query = useQuery(backtest(asked));
  if (asked === null)
    return <p className="text-muted text-xs">Complete the conditions to see when the rule would have fired.</p>;
  if (query.isLoadingError) return <p className="text-muted text-xs">{query.error.message}</p>;
  if (query.data === undefined) return <p className="text-muted text-xs">Looking at past runs…</p>;
  return <BacktestChart result={query.data} />;
}

function requestOf(draft: RuleDraft): BacktestRequest | null {
  try {
    const { conditions, agent_id, group_by, tag, ...body } = bodyOf({ ...draft, name: "Preview" }, {}, true);
    return {
      conditions,
      ...(tag ? { tag } : {}),
      ...(agent_id ? { agent_id } : {}),
      ...(group_by ? { group_by } : {}),
      for_seconds: body.for_seconds ?? 0,
      severity: body.severity ?? "warning",
      renotify_seconds: body.renotify_seconds ?? 0,
    };
  } catch {
    return null;
  }
}
