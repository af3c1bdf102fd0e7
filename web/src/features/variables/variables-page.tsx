import { useQuery } from "@tanstack/react-query";
import { Lock, Pencil, Plus, Trash2, Users } from "lucide-react";
import { useState } from "react";
import { useCan } from "@/api/session";
import type { OrganizationVariable } from "@/api/types";
import { Badge } from "@/components/ui/badge";
import { Button, IconButton } from "@/components/ui/button";
import { Section } from "@/components/ui/card";
import { ConfirmDialog } from "@/components/ui/confirm-dialog";
import { type Column, DataTable } from "@/components/ui/data-table";
import { ErrorNotice } from "@/components/ui/notice";
import { Loaded } from "@/components/ui/page-states";
import { absoluteTime } from "@/lib/format";
import { useDeleteVariable, variableList } from "./api";
import { UsesDialog } from "./uses-dialog";
import { VariableDialog } from "./variable-dialog";

type Open =
  | { readonly what: "edit" | "uses" | "delete"; readonly variable: OrganizationVariable }
  | { readonly what: "new" };

/** Variables that all agents and tools of the organization may use. */
export function VariablesPage() {
  const canWrite = useCan()("variables:write");
  const variables = useQuery(variableList);
  const [open, setOpen] = useState<Open | null>(null);
  const close = () => setOpen(null);
  return (
    <Section
      title="Variables"
      description="Values and secrets that all agents and tools may use as {{name}}. An agent's own variable takes precedence."
      flush={(variables.data?.items.length ?? 0) > 0}
      actions={
        canWrite && (
          <Button size="sm" icon={Plus} onClick={() => setOpen({ what: "new" })}>
            New variable
          </Button>
        )
      }
    >
      <Loaded query={variables}>
        {({ items }) =>
          items.length === 0 ? (
            <p className="text-muted text-sm">
              No variables. Add values that several agents share, and the credentials of tools, here.
            </p>
          ) : (
            <DataTable
              label="Variables"
              rows={items}
              rowKey={(variable) => variable.id}
              columns={columns(canWrite, setOpen)}
            />
          )
        }
      </Loaded>
      {open?.what === "new" && <VariableDialog variable={null} onClose={close} />}
      {open?.what === "edit" && <VariableDialog variable={open.variable} onClose={close} />}
      {open?.what === "uses" && <UsesDialog variable={open.variable} onClose={close} />}
      {open?.what === "delete" && <DeleteVariable variable={open.variable} onClose={close} />}
    </Section>
  );
}

function columns(canWrite: boolean, onOpen: (open: Open) => void): Column<OrganizationVariable>[] {
  return [
    {
      id: "name",
      header: "Name",
      cell: (variable) => (
        <div className="min-w-0">
          <p className="flex flex-wrap items-center gap-1.5">
            <code className="font-medium text-fg text-xs">{variable.name}</code>
            {variable.is_secret && <Badge icon={Lock}>secret</Badge>}
            {variable.is_rotation_due && <Badge tone="warning">rotation due</Badge>}
          </p>
          {variable.description && <p className="truncate text-muted text-xs">{variable.description}</p>}
        </div>
      ),
    },
    { id: "value", header: "Value", hideBelow: "sm", cell: (variable) => <Value variable={variable} /> },
    {
      id: "rotated",
      header: "Rotated",
      hideBelow: "md",
      cell: (variable) => (
        <span className="text-muted text-xs">
          {absoluteTime(variable.rotated_at)}
          {variable.rotation_due_at && <span className="block">due {absoluteTime(variable.rotation_due_at)}</span>}
        </span>
      ),
    },
    {
      id: "actions",
      header: <span className="sr-only">Actions</span>,
      align: "end",
      cell: (variable) => (
        <span className="inline-flex">
          <IconButton
            size="sm"
            label={`Used by: ${variable.name}`}
            icon={Users}
            onClick={() => onOpen({ what: "uses", variable })}
          />
          {canWrite && (
            <>
              <IconButton
                size="sm"
                label={`Edit ${variable.name}`}
                icon={Pencil}
                onClick={() => onOpen({ what: "edit", variable })}
              />
              <IconButton
                size="sm"
                label={`Delete ${variable.name}`}
                icon={Trash2}
                onClick={() => onOpen({ what: "delete", variable })}
              />
            </>
          )}
        </span>
      ),
    },
  ];
}

function Value({ variable }: { readonly variable: OrganizationVariable }) {
  if (!variable.has_value) return <span className="text-warning text-xs">no value yet</span>;
  if (variable.is_secret) return <span className="text-muted">••••••••</span>;
  return <span className="line-clamp-1 max-w-64 break-all text-muted">{variable.value}</span>;
}

function DeleteVariable({ variable, onClose }: { readonly variable: OrganizationVariable; readonly onClose: () => void }) {
  const remove = useDeleteVariable();
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
      A variable that agents or tools use cannot be deleted. This cannot be undone.
    </ConfirmDialog>
  );
}
