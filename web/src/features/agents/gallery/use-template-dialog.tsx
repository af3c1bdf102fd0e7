import { type FormEvent, useState } from "react";
import { isApiError } from "@/api/problem";
import type { Agent, AgentTemplate } from "@/api/types";
import { SchemaForm } from "@/components/schema-form";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { ErrorNotice } from "@/components/ui/notice";
import { initialTexts, readValues } from "@/lib/schema-fields";
import { useCreateAgent } from "../api";
import { CreateButtons } from "../create-buttons";
import { TemplatePreview } from "./template-preview";

interface Props {
  template: AgentTemplate;
  onClose: () => void;
  onCreated: (agent: Agent) => void;
}

/** A template asks for what it needs before the agent is made. */
export function UseTemplateDialog({ template, onClose, onCreated }: Props) {
  const create = useCreateAgent();
  const schema = template.required_params;
  const [name, setName] = useState(template.name);
  const [texts, setTexts] = useState(() => initialTexts(schema));
  const [errors, setErrors] = useState<Record<string, string>>({});
  const told = isApiError(create.error) ? create.error : null;
  const serverErrors = Object.fromEntries(
    Object.keys(texts).map((field) => [field, told?.fieldMessage(`parameters.${field}`)]),
  );
  const hasFieldProblem = Boolean(told?.fieldMessage("name")) || Object.values(serverErrors).some(Boolean);

  function onSubmit(event: FormEvent): void {
    event.preventDefault();
    submit("active");
  }

  function submit(status: "active" | "inactive"): void {
    const read = readValues(schema, texts);
    setErrors(read.errors);
    if (Object.keys(read.errors).length > 0) return;
    create.mutate({ name, template_id: template.id, parameters: read.values, status }, { onSuccess: onCreated });
  }

  return (
    <Dialog open onOpenChange={onClose} title={`New ${template.name.toLowerCase()}`} description={template.description}>
      <form onSubmit={onSubmit} className="flex flex-col gap-4" noValidate>
        <Field label="Agent name" required error={told?.fieldMessage("name")}>
          {(control) => (
            <Input {...control} value={name} maxLength={200} onChange={(event) => setName(event.target.value)} />
          )}
        </Field>
        <SchemaForm schema={schema} texts={texts} onChange={setTexts} errors={{ ...serverErrors, ...errors }} />
        <TemplatePreview template={template} />
        {!hasFieldProblem && <ErrorNotice error={create.error} />}
        <div className="flex flex-row-reverse flex-wrap gap-2">
          <CreateButtons isBusy={create.isPending} isDisabled={name.trim() === ""} onCreate={() => submit("inactive")} />
          <Button variant="ghost" onClick={onClose}>
            Cancel
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
