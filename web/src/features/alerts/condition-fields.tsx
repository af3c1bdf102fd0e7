import { useSession } from "@/api/session";
import { Field } from "@/components/ui/field";
import { Input, Textarea } from "@/components/ui/input";
import { NumberField } from "@/components/ui/number-field";
import { Select } from "@/components/ui/select";
import {
  type BudgetAction,
  type ConditionKind,
  INSTALLATION_KINDS,
  isAboutInstallation,
  KINDS,
  type RuleDraft,
} from "./rule-draft";

interface Props {
  readonly draft: RuleDraft;
  readonly onChange: (fields: Partial<RuleDraft>) => void;
  readonly error: string | undefined;
}

function isLong(kind: ConditionKind): boolean {
  return kind === "absence" || kind === "approval" || isAboutInstallation(kind);
}

/** When a rule fires: one kind of condition with its fields, or JSON. */
export function ConditionFields({ draft, onChange, error }: Props) {
  const { kind } = draft;
  const { user } = useSession();
  return (
    <div className="grid gap-4 sm:grid-cols-3">
      <Field label="Fires when" error={kind === "json" ? undefined : error}>
        {(control) => (
          <Select
            {...control}
            className="w-full"
            value={kind}
            onChange={(event) => onChange({ kind: event.target.value as ConditionKind })}
          >
            {(user.is_superuser || isAboutInstallation(kind) ? [...KINDS, ...INSTALLATION_KINDS] : KINDS).map(
              ([value, label]) => (
                <option key={value} value={value}>
                  {label}
                </option>
              ),
            )}
          </Select>
        )}
      </Field>
      {(kind === "failures" || kind === "window") && (
        <NumberField
          label="Number of runs"
          min={1}
          max={100}
          step={1}
          value={draft.count}
          onChange={(count) => onChange({ count })}
        />
      )}
      {(kind === "window" || kind === "metric" || isLong(kind)) && (
        <Field label={isLong(kind) ? "For" : "Window"} hint="As 15m, 2h or 1d.">
          {(control) => (
            <Input {...control} value={draft.window} onChange={(event) => onChange({ window: event.target.value })} />
          )}
        </Field>
      )}
      {(kind === "duration" || kind === "metric") && (
        <NumberField
          label="More than"
          unit="seconds"
          min={1}
          max={2678400}
          step={1}
          value={draft.seconds}
          onChange={(seconds) => onChange({ seconds })}
        />
      )}
      {kind === "budget" && (
        <NumberField
          label="Amount"
          unit="USD"
          min={0.01}
          max={1000000}
          step={0.01}
          hint="Fires at 80% and 100%."
          value={draft.usd}
          onChange={(usd) => onChange({ usd })}
        />
      )}
      {kind === "budget" && (
        <Field label="When it is spent" hint={draft.action === "none" ? undefined : "Needs the permission budgets:write."}>
          {(control) => (
            <Select
              {...control}
              className="w-full"
              value={draft.action}
              onChange={(event) => onChange({ action: event.target.value as BudgetAction })}
            >
              <option value="none">Notify only</option>
              <option value="block">Refuse further model calls</option>
              {(draft.agentId !== "" || draft.action === "pause_agent") && (
                <option value="pause_agent">Refuse calls and pause the agent</option>
              )}
            </Select>
          )}
        </Field>
      )}
      {kind === "json" && (
        <Field label="Conditions" error={error} className="sm:col-span-2">
          {(control) => (
            <Textarea
              {...control}
              rows={4}
              spellCheck={false}
              className="font-mono text-xs"
              value={draft.json}
              onChange={(event) => onChange({ json: event.target.value })}
            />
          )}
        </Field>
      )}
    </div>
  );
}
