import { useQuery } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { isApiError } from "@/api/problem";
import type { Budget, BudgetScope, NewBudget } from "@/api/types";
import { Button } from "@/components/ui/button";
import { Checkbox } from "@/components/ui/checkbox";
import { Dialog } from "@/components/ui/dialog";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { ErrorNotice } from "@/components/ui/notice";
import { NumberField } from "@/components/ui/number-field";
import { Select } from "@/components/ui/select";
import { AT_LIMIT, PERIODS, SCOPES } from "./budget-words";
import { cheaperModels, subjectList, useSaveBudget } from "./budgets-api";

interface Props {
  /** Null creates a new one. */
  readonly budget: Budget | null;
  readonly onClose: () => void;
}

interface Form {
  readonly name: string;
  readonly scope: BudgetScope;
  readonly subject_id: string;
  readonly period: Budget["period"];
  readonly timezone: string;
  readonly limit_usd: string;
  readonly limit_tokens: number | null;
  readonly at_limit: Budget["at_limit"];
  /** A provider's id and a model's name, with a space between them. */
  readonly fallback: string;
  readonly warn_percent: number | null;
  readonly enabled: boolean;
}

export function BudgetDialog({ budget, onClose }: Props) {
  const save = useSaveBudget(budget);
  const [form, setForm] = useState<Form>(() => formOf(budget));
  const change = (part: Partial<Form>) => setForm({ ...form, ...part });
  const problemOf = (field: string) => (isApiError(save.error) ? save.error.fieldMessage(field) : undefined);
  const hasFieldProblem = isApiError(save.error) && save.error.fields.length > 0;
  const fields = { form, change, problemOf };

  function onSubmit(event: FormEvent): void {
    event.preventDefault();
    save.mutate(bodyOf(form), { onSuccess: onClose });
  }
  return (
    <Dialog open onOpenChange={onClose} title={budget ? `Edit ${budget.name}` : "New budget"}>
      <form onSubmit={onSubmit} className="flex flex-col gap-4" noValidate>
        <Field label="Name" required error={problemOf("name")}>
          {(control) => (
            <Input
              {...control}
              autoComplete="off"
              maxLength={200}
              value={form.name}
              onChange={(event) => change({ name: event.target.value })}
            />
          )}
        </Field>
        {budget === null && <SubjectFields {...fields} />}
        <LimitFields {...fields} />
        <AtLimitFields {...fields} />
        <Checkbox
          label="Enabled"
          hint="A disabled budget limits nothing."
          checked={form.enabled}
          onChange={(event) => change({ enabled: event.target.checked })}
        />
        {!hasFieldProblem && <ErrorNotice error={save.error} />}
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" variant="primary" busy={save.isPending} disabled={form.name.trim() === ""}>
            {budget ? "Save" : "Create budget"}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

interface FieldsProps {
  readonly form: Form;
  readonly change: (part: Partial<Form>) => void;
  readonly problemOf: (field: string) => string | undefined;
}

function SubjectFields({ form, change, problemOf }: FieldsProps) {
  const subjects = useQuery(subjectList(form.scope));
  const isForOne = form.scope !== "organization" && form.scope !== "run";
  const setScope = (scope: BudgetScope) =>
    change({ scope, subject_id: "", period: scope === "run" ? "total" : form.scope === "run" ? "month" : form.period });
  return (
    <div className="grid gap-4 sm:grid-cols-2">
      <Field label="Limits" error={problemOf("scope")}>
        {(control) => (
          <Select {...control} value={form.scope} onChange={(event) => setScope(event.target.value as BudgetScope)}>
            {Object.entries(SCOPES).map(([value, label]) => (
              <option key={value} value={value}>
                {label}
              </option>
            ))}
          </Select>
        )}
      </Field>
      {isForOne && (
        <Field label={SCOPES[form.scope]} required error={problemOf("subject_id")}>
          {(control) => (
            <Select {...control} value={form.subject_id} onChange={(event) => change({ subject_id: event.target.value })}>
              <option value="">{subjects.isPending ? "Loading…" : "Choose"}</option>
              {subjects.data?.map((subject) => (
                <option key={subject.id} value={subject.id}>
                  {subject.name}
                </option>
              ))}
            </Select>
          )}
        </Field>
      )}
    </div>
  );
}

function LimitFields({ form, change, problemOf }: FieldsProps) {
  return (
    <div className="grid gap-4 sm:grid-cols-2">
      <Field label="Limit in US dollars" error={problemOf("limit_usd")} hint="Leave blank to limit tokens only.">
        {(control) => (
          <Input
            {...control}
            inputMode="decimal"
            autoComplete="off"
            value={form.limit_usd}
            onChange={(event) => change({ limit_usd: event.target.value })}
          />
        )}
      </Field>
      <NumberField
        label="Limit in tokens"
        min={0}
        step={1}
        hint="Input and output. Leave blank for none."
        error={problemOf("limit_tokens")}
        value={form.limit_tokens}
        onChange={(limit_tokens) => change({ limit_tokens })}
      />
      {form.scope !== "run" && (
        <>
          <Field label="Period" error={problemOf("period")}>
            {(control) => (
              <Select
                {...control}
                value={form.period}
                onChange={(event) => change({ period: event.target.value as Form["period"] })}
              >
                {Object.entries(PERIODS).map(([value, label]) => (
                  <option key={value} value={value}>
                    {label}
                  </option>
                ))}
              </Select>
            )}
          </Field>
          {form.period !== "total" && (
            <Field label="Time zone" error={problemOf("timezone")} hint="Of days and months.">
              {(control) => (
                <>
                  <Input
                    {...control}
                    list="budget-zones"
                    autoComplete="off"
                    maxLength={100}
                    value={form.timezone}
                    onChange={(event) => change({ timezone: event.target.value })}
                  />
                  <datalist id="budget-zones">
                    {["UTC", ...Intl.supportedValuesOf("timeZone")].map((zone) => (
                      <option key={zone} value={zone} />
                    ))}
                  </datalist>
                </>
              )}
            </Field>
          )}
        </>
      )}
    </div>
  );
}

function AtLimitFields({ form, change, problemOf }: FieldsProps) {
  const models = useQuery(cheaperModels);
  return (
    <div className="grid gap-4 sm:grid-cols-2">
      <Field label="At the limit" error={problemOf("at_limit")}>
        {(control) => (
          <Select
            {...control}
            value={form.at_limit}
            onChange={(event) => change({ at_limit: event.target.value as Form["at_limit"] })}
          >
            {Object.entries(AT_LIMIT).map(([value, words]) => (
              <option key={value} value={value}>
                {words.charAt(0).toUpperCase() + words.slice(1)}
              </option>
            ))}
          </Select>
        )}
      </Field>
      {form.at_limit === "downgrade" && (
        <Field
          label="Cheaper model"
          required
          error={problemOf("fallback_provider_id") ?? problemOf("fallback_model")}
          hint="Called when a call does not fit."
        >
          {(control) => (
            <Select {...control} value={form.fallback} onChange={(event) => change({ fallback: event.target.value })}>
              <option value="">{models.isPending ? "Loading…" : "Choose"}</option>
              {models.data?.items.map((model) => (
                <option key={`${model.provider_id} ${model.name}`} value={`${model.provider_id} ${model.name}`}>
                  {model.name} ({model.provider_name})
                </option>
              ))}
            </Select>
          )}
        </Field>
      )}
      <NumberField
        label="Notify at"
        unit="%"
        min={1}
        max={100}
        step={1}
        hint="Owners and admins are notified from this part of a limit on."
        error={problemOf("warn_percent")}
        value={form.warn_percent}
        onChange={(warn_percent) => change({ warn_percent })}
      />
    </div>
  );
}

function formOf(budget: Budget | null): Form {
  return {
    name: budget?.name ?? "",
    scope: budget?.scope ?? "organization",
    subject_id: budget?.subject_id ?? "",
    period: budget?.period ?? "month",
    timezone: budget?.timezone ?? Intl.DateTimeFormat().resolvedOptions().timeZone,
    limit_usd: budget?.limit_usd ?? "",
    limit_tokens: budget?.limit_tokens ?? null,
    at_limit: budget?.at_limit ?? "refuse",
    fallback: budget?.fallback_provider_id ? `${budget.fallback_provider_id} ${budget.fallback_model ?? ""}` : "",
    warn_percent: budget?.warn_percent ?? 80,
    enabled: budget?.enabled ?? true,
  };
}

function bodyOf(form: Form): NewBudget {
  const [provider, ...model] = form.at_limit === "downgrade" ? form.fallback.split(" ") : [];
  return {
    name: form.name,
    scope: form.scope,
    subject_id: form.subject_id || null,
    period: form.period,
    timezone: form.timezone,
    limit_usd: form.limit_usd.trim() || null,
    limit_tokens: form.limit_tokens,
    at_limit: form.at_limit,
    fallback_provider_id: provider || null,
    fallback_model: model.join(" ") || null,
    warn_percent: form.warn_percent ?? 80,
    enabled: form.enabled,
  };
}
