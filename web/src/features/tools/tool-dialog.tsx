import { useState } from "react";
import { isApiError } from "@/api/problem";
import type { Tool } from "@/api/types";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { ErrorNotice, Notice } from "@/components/ui/notice";
import { useCreateTool, useUpdateTool } from "./api";
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
