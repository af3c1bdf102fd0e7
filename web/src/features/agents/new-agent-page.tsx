import { useQuery } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { isApiError } from "@/api/problem";
import type { Agent, AgentCategory, AgentTemplate } from "@/api/types";
import { AgentIcon } from "@/components/agent-icon";
import { Section } from "@/components/ui/card";
import { Field } from "@/components/ui/field";
import { Input, Textarea } from "@/components/ui/input";
import { ErrorNotice } from "@/components/ui/notice";
import { Page } from "@/components/ui/page";
import { Loaded } from "@/components/ui/page-states";
import { Select } from "@/components/ui/select";
import { templateList, useCreateAgent } from "./api";
import { CATEGORIES } from "./categories";
import { CreateButtons } from "./create-buttons";
import { UseTemplateDialog } from "./gallery/use-template-dialog";

/** The first agent in three fields; everything else has a good default and can be changed in the editor. */
export function NewAgentPage({ onCreated }: { onCreated: (agent: Agent) => void }) {
  const [template, setTemplate] = useState<AgentTemplate | null>(null);
  return (
    <Page title="New agent" description="Enter the basics here. The editor has all other settings.">
      <div className="grid items-start gap-4 lg:grid-cols-[minmax(0,3fr)_minmax(0,2fr)]">
        <Blank onCreated={onCreated} />
        <FromTemplate onChoose={setTemplate} />
      </div>
      {template && <UseTemplateDialog template={template} onClose={() => setTemplate(null)} onCreated={onCreated} />}
    </Page>
  );
}

function Blank({ onCreated }: { onCreated: (agent: Agent) => void }) {
  const create = useCreateAgent();
  const [form, setForm] = useState({ name: "", category: "support" as AgentCategory, instructions: "" });
  const problemOf = (name: string) => (isApiError(create.error) ? create.error.fieldMessage(name) : undefined);
  const hasFieldProblem = Object.keys(form).some((name) => problemOf(name));
  function submit(status: "active" | "inactive"): void {
    create.mutate({ ...form, status }, { onSuccess: onCreated });
  }
  function onSubmit(event: FormEvent): void {
    event.preventDefault();
    submit("active");
  }
  return (
    <Section title="Start from scratch">
      <form onSubmit={onSubmit} className="flex flex-col gap-4">
        <div className="grid gap-4 sm:grid-cols-[minmax(0,2fr)_minmax(0,1fr)]">
          <Field label="Name" required error={problemOf("name")}>
            {(control) => (
              <Input
                {...control}
                autoFocus
                maxLength={200}
                placeholder="Invoice checker"
                value={form.name}
                onChange={(event) => setForm({ ...form, name: event.target.value })}
              />
            )}
          </Field>
          <Field label="Category" error={problemOf("category")}>
            {(control) => (
              <Select
                {...control}
                value={form.category}
                onChange={(event) => setForm({ ...form, category: event.target.value as AgentCategory })}
              >
                {CATEGORIES.map((each) => (
                  <option key={each.value} value={each.value}>
                    {each.label}
                  </option>
                ))}
              </Select>
            )}
          </Field>
        </div>
        <Field
          label="Instructions"
          error={problemOf("instructions")}
          hint="The agent's role, task, style of answer and restrictions. {{name}} inserts a variable."
        >
          {(control) => (
            <Textarea
              {...control}
              rows={10}
              placeholder="You check invoices. Compare each position with the order, and list what differs."
              value={form.instructions}
              onChange={(event) => setForm({ ...form, instructions: event.target.value })}
            />
          )}
        </Field>
        {!hasFieldProblem && <ErrorNotice error={create.error} />}
        <div className="flex flex-wrap items-center gap-2">
          <CreateButtons
            isBusy={create.isPending}
            isDisabled={form.name.trim() === ""}
            onCreate={() => submit("inactive")}
          />
          <p className="text-muted text-xs">Until you activate an agent, it runs in the playground only.</p>
        </div>
      </form>
    </Section>
  );
}

function FromTemplate({ onChoose }: { onChoose: (template: AgentTemplate) => void }) {
  const templates = useQuery(templateList({}));
  return (
    <Section title="From a template" flush>
      <Loaded query={templates}>
        {({ items }) => (
          <ul className="max-h-[34rem] divide-y divide-line overflow-y-auto">
            {items.map((template) => (
              <li key={template.id}>
                <button
                  type="button"
                  onClick={() => onChoose(template)}
                  className="flex w-full items-start gap-3 px-4 py-2.5 text-left hover:bg-hover focus-visible:-outline-offset-2"
                >
                  <AgentIcon icon={template.icon} seed={template.id} />
                  <span className="min-w-0 flex-1">
                    <span className="block truncate font-medium text-fg">{template.name}</span>
                    <span className="line-clamp-2 block text-muted text-xs">{template.description}</span>
                  </span>
                </button>
              </li>
            ))}
          </ul>
        )}
      </Loaded>
    </Section>
  );
}
