import { type FormEvent, useState } from "react";
import { isApiError } from "@/api/problem";
import type { OrganizationVariable, OrganizationVariableChange } from "@/api/types";
import { Button } from "@/components/ui/button";
import { Checkbox } from "@/components/ui/checkbox";
import { Dialog } from "@/components/ui/dialog";
import { Field } from "@/components/ui/field";
import { Input, Textarea } from "@/components/ui/input";
import { ErrorNotice } from "@/components/ui/notice";
import { NumberField } from "@/components/ui/number-field";
import { useSaveVariable } from "./api";

interface Props {
  /** Null creates a new one. */
  readonly variable: OrganizationVariable | null;
  readonly onClose: () => void;
}

export function VariableDialog({ variable, onClose }: Props) {
  const save = useSaveVariable(variable);
  const [form, setForm] = useState({
    name: variable?.name ?? "",
    description: variable?.description ?? "",
    value: variable?.value ?? "",
    is_secret: variable?.is_secret ?? true,
    rotation_days: variable?.rotation_days ?? null,
  });
  const problemOf = (field: string) => (isApiError(save.error) ? save.error.fieldMessage(field) : undefined);
  const hasFieldProblem = isApiError(save.error) && save.error.fields.length > 0;

  function onSubmit(event: FormEvent): void {
    event.preventDefault();
    save.mutate(bodyOf(form, variable), { onSuccess: onClose });
  }

  return (
    <Dialog open onOpenChange={onClose} size="sm" title={variable ? `Edit ${variable.name}` : "New variable"}>
      <form onSubmit={onSubmit} className="flex flex-col gap-4">
        <Field label="Name" required error={problemOf("name")} hint="Letters, digits and _. Use it as {{name}}.">
          {(control) => (
            <Input
              {...control}
              autoComplete="off"
              spellCheck={false}
              value={form.name}
              maxLength={64}
              onChange={(event) => setForm({ ...form, name: event.target.value })}
            />
          )}
        </Field>
        <Field label="Description" error={problemOf("description")}>
          {(control) => (
            <Input
              {...control}
              value={form.description}
              onChange={(event) => setForm({ ...form, description: event.target.value })}
            />
          )}
        </Field>
        <Field
          label="Value"
          error={problemOf("value")}
          {...(keepsSecret(form.is_secret, variable) ? { hint: "Leave blank to keep the stored value." } : {})}
        >
          {(control) =>
            form.is_secret ? (
              <Input
                {...control}
                type="password"
                autoComplete="off"
                value={form.value}
                onChange={(event) => setForm({ ...form, value: event.target.value })}
              />
            ) : (
              <Textarea
                {...control}
                rows={3}
                value={form.value}
                onChange={(event) => setForm({ ...form, value: event.target.value })}
              />
            )
          }
        </Field>
        <Checkbox
          label="Secret"
          hint="Stored encrypted and never shown again. Tools receive it; models do not."
          checked={form.is_secret}
          onChange={(event) => setForm({ ...form, is_secret: event.target.checked })}
        />
        <NumberField
          label="Rotate every"
          unit="days"
          min={1}
          max={3650}
          step={1}
          hint="The value is marked as due after this time. Leave blank for no reminder."
          error={problemOf("rotation_days")}
          value={form.rotation_days}
          onChange={(rotation_days) => setForm({ ...form, rotation_days })}
        />
        {!hasFieldProblem && <ErrorNotice error={save.error} />}
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" variant="primary" busy={save.isPending} disabled={form.name === ""}>
            Save
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

interface Form {
  readonly name: string;
  readonly description: string;
  readonly value: string;
  readonly is_secret: boolean;
  readonly rotation_days: number | null;
}

function keepsSecret(isSecret: boolean, variable: OrganizationVariable | null): boolean {
  return isSecret && variable?.is_secret === true && variable.has_value;
}

/** A value that was not changed is not sent: sending it would count as a rotation. */
function bodyOf(form: Form, variable: OrganizationVariable | null): OrganizationVariableChange & { name: string } {
  const { value, ...rest } = form;
  const isKept = keepsSecret(form.is_secret, variable)
    ? value === ""
    : variable !== null && value === (variable.value ?? "");
  const staysPlain = variable === null || !variable.is_secret || form.is_secret;
  return isKept && staysPlain ? rest : { ...rest, value: value === "" ? null : value };
}
