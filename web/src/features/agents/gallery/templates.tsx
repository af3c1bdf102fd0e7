import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { LayoutTemplate, SearchX, Trash2, Wrench } from "lucide-react";
import { useState } from "react";
import type { AgentTemplate } from "@/api/types";
import { AgentIcon } from "@/components/agent-icon";
import { Badge } from "@/components/ui/badge";
import { Button, IconButton } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { ConfirmDialog } from "@/components/ui/confirm-dialog";
import { EmptyState } from "@/components/ui/empty-state";
import { ErrorNotice } from "@/components/ui/notice";
import { Loaded } from "@/components/ui/page-states";
import { SearchBox } from "@/components/ui/search-box";
import { plural } from "@/lib/format";
import { fieldsOf } from "@/lib/schema-fields";
import { templateList, useDeleteTemplate } from "../api";
import { CATEGORIES, categoryLabel } from "../categories";
import type { AgentsPageProps } from "./agents-page-props";
import { Facet } from "./facets";
import { UseTemplateDialog } from "./use-template-dialog";

export function Templates({ search, onSearch, canWrite, onCreated }: AgentsPageProps) {
  const templates = useQuery({
    ...templateList({ q: search.q, category: search.category }),
    placeholderData: keepPreviousData,
  });
  const [chosen, setChosen] = useState<AgentTemplate | null>(null);
  const [deleting, setDeleting] = useState<AgentTemplate | null>(null);
  return (
    <div className="flex gap-6 max-lg:flex-col max-lg:gap-3">
      <aside aria-label="Filters" className="shrink-0 lg:w-40">
        <Facet
          title="Category"
          value={search.category}
          options={CATEGORIES}
          onChange={(category) => onSearch({ category })}
        />
      </aside>
      <div className="min-w-0 flex-1">
        <div className="mb-4 flex">
          <SearchBox
            className="flex-1 sm:max-w-72"
            label="Find a template"
            value={search.q}
            onChange={(q) => onSearch({ q })}
          />
        </div>
        <Loaded query={templates}>
          {({ items }) =>
            items.length === 0 ? (
              <Card>
                <EmptyState
                  icon={search.q || search.category ? SearchX : LayoutTemplate}
                  title="No template matches these filters"
                  action={<Button onClick={() => onSearch({ q: undefined, category: undefined })}>Clear filters</Button>}
                />
              </Card>
            ) : (
              <ul className="grid grid-cols-[repeat(auto-fill,minmax(min(100%,17.5rem),1fr))] gap-3">
                {items.map((template) => (
                  <li key={template.id}>
                    <TemplateCard
                      template={template}
                      canWrite={canWrite}
                      onUse={() => setChosen(template)}
                      onDelete={() => setDeleting(template)}
                    />
                  </li>
                ))}
              </ul>
            )
          }
        </Loaded>
      </div>
      {chosen && <UseTemplateDialog template={chosen} onClose={() => setChosen(null)} onCreated={onCreated} />}
      {deleting && <DeleteTemplate template={deleting} onClose={() => setDeleting(null)} />}
    </div>
  );
}

interface CardProps {
  template: AgentTemplate;
  canWrite: boolean;
  onUse: () => void;
  onDelete: () => void;
}

function TemplateCard({ template, canWrite, onUse, onDelete }: CardProps) {
  const asked = fieldsOf(template.required_params);
  const tools = template.default_config.config.tools;
  return (
    <Card className="flex h-full flex-col">
      <div className="flex items-start gap-3 p-4 pb-2">
        <AgentIcon icon={template.icon} seed={template.id} />
        <div className="min-w-0 flex-1">
          <h2 className="truncate font-semibold text-base text-fg">{template.name}</h2>
          <p className="truncate text-faint text-xs">
            {categoryLabel(template.category)} ·{" "}
            {template.is_built_in ? "built in" : template.organization_id ? "of this organization" : "shared"}
          </p>
        </div>
        {canWrite && !template.is_built_in && template.organization_id && (
          <IconButton size="sm" label={`Delete ${template.name}`} icon={Trash2} onClick={onDelete} />
        )}
      </div>
      <p className="px-4 text-muted text-sm">{template.description}</p>
      <div className="flex flex-wrap gap-1.5 px-4 pt-3">
        {tools.length > 0 && (
          <Badge icon={Wrench} title={tools.map((tool) => tool.name).join(", ")}>
            {plural(tools.length, "tool")}
          </Badge>
        )}
        {asked.length > 0 && (
          <Badge title={asked.map((field) => field.label).join(", ")}>
            asks for {asked.map((field) => field.label.toLowerCase()).join(", ")}
          </Badge>
        )}
      </div>
      <div className="mt-auto flex justify-end p-4 pt-3">
        {canWrite && (
          <Button size="sm" onClick={onUse} aria-label={`Use ${template.name}`}>
            Use
          </Button>
        )}
      </div>
    </Card>
  );
}

function DeleteTemplate({ template, onClose }: { template: AgentTemplate; onClose: () => void }) {
  const remove = useDeleteTemplate();
  return (
    <ConfirmDialog
      open
      onOpenChange={onClose}
      title={`Delete the template ${template.name}?`}
      confirmLabel="Delete"
      busy={remove.isPending}
      error={remove.error ? <ErrorNotice error={remove.error} /> : null}
      onConfirm={() => remove.mutate(template.id, { onSuccess: onClose })}
    >
      Agents created from it are kept.
    </ConfirmDialog>
  );
}
