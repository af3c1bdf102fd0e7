import { useQuery } from "@tanstack/react-query";
import { Lock, Pencil, Plus, Trash2 } from "lucide-react";
import { useState } from "react";
import type { AgentDefinition, AgentVariable } from "@/api/types";
import { Badge } from "@/components/ui/badge";
import { Button, IconButton } from "@/components/ui/button";
import { Section } from "@/components/ui/card";
import { ConfirmDialog } from "@/components/ui/confirm-dialog";
import { type Column, DataTable } from "@/components/ui/data-table";
import { ErrorNotice } from "@/components/ui/notice";
import { Loaded } from "@/components/ui/page-states";
import { useDeleteVariable, variableList } from "../variables-api";
import { variablesOf } from "./draft";
import { VariableDialog } from "./variable-dialog";

interface Props {
  agentId: string;
  definition: AgentDefinition;
  isReadOnly: boolean;
  /** The name of a variable to be made; empty to be asked for, null for none. */
  adding: string | null;
  onAdding: (name: string | null) => void;
}

export function VariablesSection({ agentId, definition, isReadOnly, adding, onAdding }: Props) {
  const variables = useQuery(variableList(agentId));
  const [editing, setEditing] = useState<AgentVariable | null>(null);
  const [deleting, setDeleting] = useState<AgentVariable | null>(null);
  const used = new Set(variablesOf(definition));
  return (
    <Section
      id="variables"
      title="Variables"
      description="Used as {{name}} in instructions and tool settings. Saved immediately; not versioned."
      flush={(variables.data?.items.length ?? 0) > 0}
      actions={
        !isReadOnly && (
          <Button size="sm" icon={Plus} onClick={() => onAdding("")}>
            Add
          </Button>
        )
      }
    >
      <Loaded query={variables}>
        {({ items }) =>
          items.length === 0 ? (
            <p className="text-muted text-sm">
              No variables. Add values that differ between environments, and secrets, here instead of in the instructions.
            </p>
          ) : (
            <DataTable
              label="Variables"
              rows={items}
              rowKey={(variable) => variable.id}
              columns={columns({ used, isReadOnly, onEdit: setEditing, onDelete: setDeleting })}
            />
          )
        }
      </Loaded>
      {(adding !== null || editing) && (
        <VariableDialog
          agentId={agentId}
          variable={editing}
          name={adding ?? ""}
          onClose={() => {
            setEditing(null);
            onAdding(null);
          }}
        />
      )}
      {deleting && (
        <DeleteVariable
          agentId={agentId}
          variable={deleting}
          isUsed={used.has(deleting.name)}
          onClose={() => setDeleting(null)}
        />
      )}
    </Section>
  );
}

interface ColumnOptions {
  used: ReadonlySet<string>;
  isReadOnly: boolean;
  onEdit: (variable: AgentVariable) => void;
  onDelete: (variable: AgentVariable) => void;
}

function columns({ used, isReadOnly, onEdit, onDelete }: ColumnOptions): Column<AgentVariable>[] {
  return [
    {
      id: "name",
      header: "Name",
      cell: (variable) => (
        <div className="min-w-0">
          <p className="flex items-center gap-1.5">
            <code className="font-medium text-fg text-xs">{variable.name}</code>
            {variable.is_secret && <Badge icon={Lock}>secret</Badge>}
          </p>
          {variable.description && <p className="truncate text-muted text-xs">{variable.description}</p>}
        </div>
      ),
    },
    { id: "value", header: "Value", cell: (variable) => <Value variable={variable} /> },
    {
      id: "used",
      header: "Used",
      hideBelow: "sm",
      cell: (variable) => (used.has(variable.name) ? "yes" : <span className="text-faint">no</span>),
    },
    {
      id: "actions",
      header: <span className="sr-only">Actions</span>,
      align: "end",
      cell: (variable) =>
        !isReadOnly && (
          <span className="inline-flex">
            <IconButton size="sm" label={`Edit ${variable.name}`} icon={Pencil} onClick={() => onEdit(variable)} />
            <IconButton size="sm" label={`Delete ${variable.name}`} icon={Trash2} onClick={() => onDelete(variable)} />
          </span>
        ),
    },
  ];
}

function Value({ variable }: { variable: AgentVariable }) {
  if (!variable.has_value) return <span className="text-warning text-xs">no value yet</span>;
  if (variable.is_secret) return <span className="text-muted">••••••••</span>;
  return <span className="line-clamp-1 max-w-64 break-all text-muted">{variable.value}</span>;
}

interface DeleteProps {
  agentId: string;
  variable: AgentVariable;
  isUsed: boolean;
  onClose: () => void;
}

function DeleteVariable({ agentId, variable, isUsed, onClose }: DeleteProps) {
  const remove = useDeleteVariable(agentId);
  return (
    <ConfirmDialog
      open
      onOpenChange={onClose}
      title={`Delete ${variable.name}?`}
      confirmLabel="Delete"
      busy={remove.isPending}
      error={remove.error ? <ErrorNotice error={remove.error} /> : null}
      onConfirm={() => remove.mutate(variable.id, { onSuccess: onClose })}
    >
      {isUsed
        ? "The agent still uses it. Runs of the agent will fail because it has no value."
        : "The agent does not use it."}
    </ConfirmDialog>
  );
}
