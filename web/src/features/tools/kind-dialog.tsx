import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { isApiError } from "@/api/problem";
import type { KindFormSchema, Tool } from "@/api/types";
import { Button } from "@/components/ui/button";
import { Checkbox } from "@/components/ui/checkbox";
import { Dialog } from "@/components/ui/dialog";
import { ErrorState } from "@/components/ui/error-state";
import { Field } from "@/components/ui/field";
import { Input, Textarea } from "@/components/ui/input";
import { ErrorNotice, Notice } from "@/components/ui/notice";
import { SkeletonRows } from "@/components/ui/skeleton";
import { useCreateTool, useUpdateTool } from "./api";
import { toolForms } from "./kind-api";
import { fieldsOf, isShown, type KindForm, kindFormOf, kindToolOf } from "./kind-form";
import { KINDS } from "./labels";
import { LimitFields } from "./limit-fields";
import { SchemaFields } from "./schema-fields";

interface Props {
  readonly type: "database" | "file";
  /** Null makes a new one. */
  readonly tool: Tool | null;
  readonly onClose: () => void;
  readonly onSaved: (tool: Tool) => void;
}

/** A tool of a type whose form follows from its schema. */
export function KindDialog(props: Props) {
  const forms = useQuery(toolForms());
  const schema = forms.data?.find((form) => form.tool_type === props.type);
  if (schema) return <LoadedDialog {...props} schema={schema} />;
  return (
    <Dialog open onOpenChange={(isOpen) => !isOpen && props.onClose()} title={KINDS[props.type]}>
      {forms.isError ? <ErrorState error={forms.error} /> : <SkeletonRows label="Loading the form" />}
    </Dialog>
  );
}

function LoadedDialog({ type, tool, onClose, onSaved, schema }: Props & { readonly schema: KindFormSchema }) {
  const fields = fieldsOf(schema.configuration_schema);
  const secrets = fieldsOf(schema.credentials_schema ?? {});
  const [form, setForm] = useState(() => kindFormOf(fields, secrets, tool));
  const create = useCreateTool();
  const update = useUpdateTool(tool?.id ?? "");
  const { isPending, error } = tool === null ? create : update;
  const set = (change: Partial<KindForm>) => setForm((before) => ({ ...before, ...change }));
  const refused = (name: string) => (isApiError(error) ? error.fieldMessage(name) : undefined);
  const signsIn = isShown(schema.credentials_when as Record<string, string[]>, form.values);

  function save(): void {
    const body = kindToolOf(type, form, fields, signsIn ? secrets : null);
    if (tool === null) create.mutate(body, { onSuccess: onSaved });
    else {
      const { tool_type: _, ...change } = body;
      update.mutate(change, { onSuccess: onSaved });
    }
  }

  const shown = new Set([
    ...["name", "description", "credentials"],
    ...fields.filter((field) => isShown(field.when, form.values)).map((field) => `configuration.${field.name}`),
    ...secrets.map((field) => `credentials.${field.name}`),
    ...["rate_per_minute", "timeout_seconds", "response_bytes", "allowed_hosts"].map((name) => `limits.${name}`),
  ]);
  return (
    <Dialog
      open
      onOpenChange={(isOpen) => !isOpen && onClose()}
      title={tool === null ? `New tool: ${KINDS[type]}` : `Edit ${tool.name}`}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button variant="primary" busy={isPending} disabled={form.name.trim() === ""} onClick={save}>
            {tool === null ? "Create tool" : "Save"}
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-4">
        <NameFields form={form} set={set} isUsed={(tool?.used_by_count ?? 0) > 0} refused={refused} />
        <SchemaFields
          fields={fields}
          values={form.values}
          onChange={(values) => set({ values })}
          problemOf={(name) => refused(`configuration.${name}`)}
        />
        {signsIn && (
          <fieldset className="flex flex-col gap-3 rounded-lg border border-line px-3 py-3">
            <legend className="px-1 font-medium text-fg text-xs">Credentials</legend>
            {tool?.has_credentials && (
              <Checkbox
                label="Keep the stored credentials"
                checked={form.keepsCredentials}
                onChange={(event) => set({ keepsCredentials: event.target.checked })}
              />
            )}
            {!form.keepsCredentials && (
              <SchemaFields
                fields={secrets}
                values={form.credentials}
                onChange={(credentials) => set({ credentials })}
                problemOf={(name) => refused(`credentials.${name}`)}
              />
            )}
            <p className="text-muted text-xs">
              {refused("credentials") ?? "Stored encrypted and never shown again. {{name}} inserts a variable of the agent."}
            </p>
          </fieldset>
        )}
        <LimitFields
          limits={form.limits}
          onChange={(limits) => set({ limits })}
          hasHosts={schema.has_hosts}
          problemOf={(name) => refused(`limits.${name}`)}
        />
        <Refusal error={error} shown={shown} />
      </div>
    </Dialog>
  );
}

interface NameProps {
  readonly form: KindForm;
  readonly set: (change: Partial<KindForm>) => void;
  readonly isUsed: boolean;
  readonly refused: (name: string) => string | undefined;
}

function NameFields({ form, set, isUsed, refused }: NameProps) {
  return (
    <>
      <Field
        label="Name"
        required
        error={refused("name")}
        hint={
          isUsed
            ? "Cannot be changed while agents use the tool."
            : "Letters, digits, _ and -. Models call the tool by this name."
        }
      >
        {(control) => (
          <Input
            {...control}
            autoComplete="off"
            spellCheck={false}
            disabled={isUsed}
            value={form.name}
            onChange={(event) => set({ name: event.target.value })}
          />
        )}
      </Field>
      <Field label="Description" error={refused("description")} hint="What the tool does and when to use it, for the model.">
        {(control) => (
          <Textarea {...control} value={form.description} onChange={(event) => set({ description: event.target.value })} />
        )}
      </Field>
    </>
  );
}

/** Errors of fields that the form does not show. */
function Refusal({ error, shown }: { error: unknown; shown: ReadonlySet<string> }) {
  if (!isApiError(error) || error.fields.length === 0) return <ErrorNotice error={error} />;
  const others = error.fields.filter((each) => !shown.has(each.field));
  return (
    <Notice tone="danger">
      {others.length < error.fields.length && "Some fields are invalid. Check the marked fields."}
      {others.map((each) => (
        <p key={`${each.field} ${each.message}`}>
          <code>{each.field}</code>: {error.fieldMessage(each.field)}
        </p>
      ))}
    </Notice>
  );
}
