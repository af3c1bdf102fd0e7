import { type FormEvent, useState } from "react";
import { isApiError } from "@/api/problem";
import type { AgentVariable, NewVariable } from "@/api/types";
import { Button } from "@/components/ui/button";
import { Checkbox } from "@/components/ui/checkbox";
import { Dialog } from "@/components/ui/dialog";
import { Field } from "@/components/ui/field";
import { Input, Textarea } from "@/components/ui/input";
import { ErrorNotice } from "@/components/ui/notice";
import { useSaveVariable } from "../variables-api";

interface Props {
  agentId: string;
  /** Null makes a new one. */
  variable: AgentVariable | null;
  name: string;
  onClose: () => void;
}

export function VariableDialog({ agentId, variable, name, onClose }: Props) {
  const save = useSaveVariable(agentId, variable?.id ?? null);
  const [form, setForm] = useState({
    name: variable?.name ?? name,
    description: variable?.description ?? "",
    value: variable?.value ?? "",
    is_secret: variable?.is_secret ?? false,
  });
  const problemOf = (field: string) => (isApiError(save.error) ? save.error.fieldMessage(field) : undefined);
  const hasFieldProblem = isApiError(save.error) && save.error.fields.length > 0;
  const keepsSecret = variable?.is_secret === true && form.is_secret && variable.has_value;

  function onSubmit(event: FormEvent): void {
    event.preventDefault();
    save.mutate(bodyOf(form, keepsSecret), { onSuccess: onClose });
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
          {...(keepsSecret ? { hint: "Leave blank to keep the stored value." } : {})}
        >
          {(control) =>
            form.is_secret ? (
              <Input
                {...control}
                type="password"
                autoComplete="off"
                placeholder={keepsSecret ? "••••••••" : ""}
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

/** A secret value that was not typed again stays as it is; an empty plain value is none. */
function bodyOf(
  form: { name: string; description: string; value: string; is_secret: boolean },
  keepsSecret: boolean,
): NewVariable {
  const { value, ...rest } = form;
  return keepsSecret && value === "" ? rest : { ...rest, value: value === "" ? null : value };
}
