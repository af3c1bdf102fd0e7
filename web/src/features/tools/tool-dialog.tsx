import { useState } from "react";
import { isApiError } from "@/api/problem";
import type { Tool } from "@/api/types";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Field } from "@/components/ui/field";
import { Textarea } from "@/components/ui/input";
import { ErrorNotice, Notice } from "@/components/ui/notice";
import { useCreateTool, useUpdateTool } from "./api";
import { readCurl } from "./curl";
import { ToolFields } from "./tool-fields";
import { formOf, placesIn, problemsIn, type ToolForm, toolOf } from "./tool-form";

interface Props {
  /** Null makes a new one. */
  readonly tool: Tool | null;
  readonly onClose: () => void;
  readonly onSaved: (tool: Tool) => void;
}

/** An HTTP call described by hand. `{name}` in its texts is an argument, `{{name}}` a variable of the agent. */
export function ToolDialog({ tool, onClose, onSaved }: Props) {
  const [form, setForm] = useState(() => formOf(tool));
  const create = useCreateTool();
  const update = useUpdateTool(tool?.id ?? "");
  const { isPending, error } = tool === null ? create : update;
  const problems = problemsIn(form);
  const isReady = form.name.trim() !== "" && form.url.trim() !== "" && Object.keys(problems).length === 0;
  const refused = (name: string) => (isApiError(error) ? error.fieldMessage(name) : undefined);

  function save(): void {
    const body = toolOf(form, tool);
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
      title={tool === null ? "New tool" : `Edit ${tool.name}`}
      description={
        <>
          An HTTP call that agents may make. <code>{"{name}"}</code> inserts an argument from the model,{" "}
          <code>{"{{name}}"}</code> for a variable of the agent.
        </>
      }
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button variant="primary" busy={isPending} disabled={!isReady} onClick={save}>
            {tool === null ? "Create tool" : "Save"}
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-4">
        {tool === null && <FromCurl onRead={setForm} />}
        <ToolFields
          form={form}
          set={(change) => setForm((before) => ({ ...before, ...change }))}
          canKeep={tool?.has_credentials === true}
          usedBy={tool?.used_by_count ?? 0}
          problems={problems}
          refused={refused}
        />
        <Refusal error={error} form={form} />
      </div>
    </Dialog>
  );
}

/** Fills the form from a pasted command. */
function FromCurl({ onRead }: { readonly onRead: (form: ToolForm) => void }) {
  const [text, setText] = useState("");
  const [told, setTold] = useState<{ problem?: string | undefined; hint?: string }>({});
  function read(): void {
    const { form, ignored, problem } = readCurl(text);
    if (form) onRead(form);
    const left = ignored.length > 0 ? ` Left out: ${ignored.join(", ")}.` : "";
    setTold(form ? { hint: `The fields below are filled. Add a description.${left}` } : { problem });
  }
  return (
    <details className="rounded-lg border border-line px-3 py-2">
      <summary className="cursor-pointer font-medium text-sm">Fill in from a curl command</summary>
      <div className="mt-2 flex flex-col gap-2">
        <Field
          label="curl command"
          error={told.problem}
          hint={told.hint ?? "Tokens, passwords and API keys in it are put under Authentication."}
        >
          {(control) => (
            <Textarea
              {...control}
              rows={4}
              className="font-mono text-xs"
              spellCheck={false}
              placeholder={"curl https://api.example.com/orders/{id} -H 'Authorization: Bearer …'"}
              value={text}
              onChange={(event) => setText(event.target.value)}
            />
          )}
        </Field>
        <Button size="sm" className="self-start" disabled={text.trim() === ""} onClick={read}>
          Fill in
        </Button>
      </div>
    </details>
  );
}

/** What the server said and no field of the form tells. */
function Refusal({ error, form }: { error: unknown; form: ToolForm }) {
  if (!isApiError(error) || error.fields.length === 0) return <ErrorNotice error={error} />;
  const places = placesIn(form);
  const others = error.fields.filter((each) => !places.has(each.field));
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
