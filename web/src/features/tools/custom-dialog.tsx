import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { isApiError } from "@/api/problem";
import type { Tool } from "@/api/types";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Field } from "@/components/ui/field";
import { Input, Textarea } from "@/components/ui/input";
import { ErrorNotice, Notice } from "@/components/ui/notice";
import { Select } from "@/components/ui/select";
import { functionList, useCreateTool, useUpdateTool } from "./api";
import { type CustomForm, customFormOf, customToolOf, isComplete } from "./custom-form";

interface Props {
  /** Null creates a new tool. */
  readonly tool: Tool | null;
  readonly onClose: () => void;
  readonly onSaved: (tool: Tool) => void;
}

/** A tool of type custom: code that runs in the sandbox, or a function that the operator installed. */
export function CustomDialog({ tool, onClose, onSaved }: Props) {
  const [form, setForm] = useState(() => customFormOf(tool));
  const create = useCreateTool();
  const update = useUpdateTool(tool?.id ?? "");
  const { isPending, error } = tool === null ? create : update;
  const set = (change: Partial<CustomForm>) => setForm((before) => ({ ...before, ...change }));
  const refused = (name: string) => (isApiError(error) ? error.fieldMessage(name) : undefined);
  const isPlaced = isApiError(error) && error.fields.some((each) => PLACES.has(each.field));

  function save(): void {
    const body = customToolOf(form);
    if (tool === null) create.mutate(body, { onSuccess: onSaved });
    else {
      const { tool_type: _, ...change } = body;
      update.mutate(change, { onSuccess: onSaved });
    }
  }

  return (
    <Dialog
      open
      onOpenChange={(isOpen) => !isOpen && onClose()}
      title={tool === null ? "New Python tool" : `Edit ${tool.name}`}
      description="The parameters of the function become the arguments of the tool."
      size="lg"
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button variant="primary" busy={isPending} disabled={!isComplete(form)} onClick={save}>
            {tool === null ? "Create tool" : "Save"}
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-4">
        <Field label="Name" required error={refused("name")} hint="Letters, digits, _ and -, up to 64 characters.">
          {(control) => (
            <Input
              {...control}
              autoComplete="off"
              spellCheck={false}
              disabled={(tool?.used_by_count ?? 0) > 0}
              value={form.name}
              onChange={(event) => set({ name: event.target.value })}
            />
          )}
        </Field>
        <Field label="Description" error={refused("description")} hint="Leave blank to use the docstring of the function.">
          {(control) => (
            <Textarea {...control} value={form.description} onChange={(event) => set({ description: event.target.value })} />
          )}
        </Field>
        <Field label="Source">
          {(control) => (
            <Select
              {...control}
              value={form.source}
              onChange={(event) => set({ source: event.target.value as CustomForm["source"] })}
            >
              <option value="code">Code in the sandbox</option>
              <option value="function">Installed function</option>
            </Select>
          )}
        </Field>
        {form.source === "code" ? (
          <CodeFields form={form} set={set} refused={refused} problems={problemsOf(error)} />
        ) : (
          <FunctionField form={form} set={set} error={refused("configuration.function")} />
        )}
        {error && !isPlaced && <ErrorNotice error={error} />}
      </div>
    </Dialog>
  );
}

const PLACES = new Set(["name", "description", "configuration.code", "configuration.function", "configuration.seconds"]);

/** Every mistake of the code: the server names line and column of each. */
function problemsOf(error: unknown): string[] {
  if (!isApiError(error)) return [];
  return error.fields.filter((each) => each.field === "configuration.code").map((each) => each.message);
}

interface PartProps {
  readonly form: CustomForm;
  readonly set: (change: Partial<CustomForm>) => void;
}

interface CodeProps extends PartProps {
  readonly refused: (field: string) => string | undefined;
  readonly problems: readonly string[];
}

function CodeFields({ form, set, refused, problems }: CodeProps) {
  return (
    <>
      <Field
        label="Code"
        required
        error={problems.length > 0 ? "The code has mistakes; see below." : undefined}
        hint="Define main. It runs without files, network, environment and packages."
      >
        {(control) => (
          <Textarea
            {...control}
            rows={14}
            className="whitespace-pre font-mono text-xs"
            spellCheck={false}
            value={form.code}
            onChange={(event) => set({ code: event.target.value })}
          />
        )}
      </Field>
      {problems.length > 0 && (
        <Notice tone="danger">
          <ul aria-label="Mistakes" className="flex flex-col gap-1">
            {problems.map((problem) => (
              <li key={problem}>{problem}</li>
            ))}
          </ul>
        </Notice>
      )}
      <Field
        label="Time limit (seconds)"
        error={refused("configuration.seconds")}
        hint="Leave blank for the limit of the installation."
      >
        {(control) => (
          <Input
            {...control}
            type="number"
            min={0.1}
            max={60}
            step={0.1}
            value={form.seconds}
            onChange={(event) => set({ seconds: event.target.value })}
          />
        )}
      </Field>
    </>
  );
}

function FunctionField({ form, set, error }: PartProps & { readonly error: string | undefined }) {
  const functions = useQuery(functionList());
  const found = functions.data ?? [];
  const chosen = found.find((each) => each.name === form.function);
  if (functions.isSuccess && found.length === 0)
    return <Notice tone="info">No functions are installed. An operator installs them as Python packages.</Notice>;
  return (
    <>
      <Field label="Function" required error={error} hint={chosen?.error ?? chosen?.description}>
        {(control) => (
          <Select {...control} value={form.function} onChange={(event) => set({ function: event.target.value })}>
            <option value="">Select a function</option>
            {found.map((each) => (
              <option key={each.name} value={each.name} disabled={each.error !== null}>
                {each.name} ({each.package})
              </option>
            ))}
          </Select>
        )}
      </Field>
      {functions.isError && <ErrorNotice error={functions.error} />}
    </>
  );
}
