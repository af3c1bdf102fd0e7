import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { BellPlus, Plus, Trash2 } from "lucide-react";
import { useState } from "react";
import type { AlertConfig } from "@/api/types";
import { Button, IconButton } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { ConfirmDialog } from "@/components/ui/confirm-dialog";
import { type Column, DataTable } from "@/components/ui/data-table";
import { EmptyState } from "@/components/ui/empty-state";
import { FilterSelect } from "@/components/ui/filter-select";
import { LoadMore } from "@/components/ui/load-more";
import { NothingFits } from "@/components/ui/nothing-fits";
import { ErrorNotice } from "@/components/ui/notice";
import { Loaded } from "@/components/ui/page-states";
import { SearchBox } from "@/components/ui/search-box";
import { StatusBadge } from "@/components/ui/status-badge";
import { Switch } from "@/components/ui/switch";
import { useToast } from "@/components/ui/toast";
import { type RuleFilter, rulesOf, useDeleteRule, useEnableRule, useStarterPack } from "./api";
import { RuleDialog } from "./rule-dialog";
import { Severity } from "./severity";

interface Props {
  readonly filter: RuleFilter;
  readonly onFilter: (filter: RuleFilter) => void;
  readonly canWrite: boolean;
}

export function RulesTab({ filter, onFilter, canWrite }: Props) {
  const rules = useInfiniteQuery({ ...rulesOf(filter), placeholderData: keepPreviousData });
  const toast = useToast();
  const pack = useStarterPack();
  const enable = useEnableRule();
  const [editing, setEditing] = useState<AlertConfig | "new" | null>(null);
  const [deleting, setDeleting] = useState<AlertConfig | null>(null);
  const addPack = () =>
    pack.mutate(undefined, {
      onSuccess: ({ created }) => toast.success(`${created.length} rules created.`),
      onError: (error) => toast.danger(error),
    });
  return (
    <div className="flex flex-col gap-4">
      <div className="flex flex-wrap items-center gap-2">
        <Filters filter={filter} onFilter={onFilter} />
        {canWrite && (
          <>
            <Button icon={BellPlus} className="sm:ml-auto" busy={pack.isPending} onClick={addPack}>
              Add starter pack
            </Button>
            <Button data-new variant="primary" icon={Plus} onClick={() => setEditing("new")}>
              New rule
            </Button>
          </>
        )}
      </div>
      <Card>
        <Loaded query={rules}>
          {(data) => {
            const rows = data.pages.flatMap((page) => page.items);
            if (rows.length === 0 && (filter.q !== undefined || filter.enabled !== undefined)) {
              return <NothingFits title="No rule fits these filters" onClear={() => onFilter({})} />;
            }
            if (rows.length === 0) {
              return (
                <EmptyState icon={BellPlus} title="No rules yet">
                  A rule says when an alert fires. The starter pack has those that most organizations want.
                </EmptyState>
              );
            }
            return (
              <DataTable
                label="Alert rules"
                rows={rows}
                rowKey={(each) => each.id}
                columns={columns({
                  canWrite,
                  onEdit: setEditing,
                  onDelete: setDeleting,
                  onEnable: (rule, enabled) =>
                    enable.mutate({ id: rule.id, enabled }, { onError: (error) => toast.danger(error) }),
                })}
              />
            );
          }}
        </Loaded>
        <LoadMore query={rules} />
      </Card>
      {editing !== null && <RuleDialog rule={editing === "new" ? null : editing} onClose={() => setEditing(null)} />}
      {deleting !== null && <DeleteRule rule={deleting} onClose={() => setDeleting(null)} />}
    </div>
  );
}

function Filters({ filter, onFilter }: Pick<Props, "filter" | "onFilter">) {
  return (
    <search className="flex flex-wrap items-center gap-2">
      <SearchBox
        className="w-full sm:w-64"
        label="Find a rule"
        value={filter.q}
        onChange={(q) => onFilter({ ...filter, q })}
      />
      <FilterSelect
        label="Status"
        all="All rules"
        value={filter.enabled === undefined ? undefined : String(filter.enabled)}
        options={[
          ["true", "Enabled"],
          ["false", "Disabled"],
        ]}
        onChange={(enabled) => onFilter({ ...filter, enabled: enabled === undefined ? undefined : enabled === "true" })}
      />
    </search>
  );
}

interface Handlers {
  canWrite: boolean;
  onEdit: (rule: AlertConfig) => void;
  onDelete: (rule: AlertConfig) => void;
  onEnable: (rule: AlertConfig, enabled: boolean) => void;
}

function columns({ canWrite, onEdit, onDelete, onEnable }: Handlers): Column<AlertConfig>[] {
  return [
    {
      id: "name",
      header: "Rule",
      cell: (rule) => (
        <div className="min-w-0">
          {canWrite ? (
            <button
              type="button"
              data-row-action
              className="block max-w-80 text-left sm:truncate font-medium text-fg hover:underline"
              onClick={() => onEdit(rule)}
            >
              {rule.name}
            </button>
          ) : (
            <p className="max-w-80 truncate font-medium text-fg">{rule.name}</p>
          )}
          <p
            className={
              rule.eval_error
                ? "max-w-40 truncate text-danger text-xs sm:max-w-96"
                : "max-w-40 truncate text-muted text-xs sm:max-w-96"
            }
          >
            {rule.eval_error ?? rule.summary}
          </p>
        </div>
      ),
    },
    {
      id: "target",
      header: "Target",
      hideBelow: "md",
      cell: (rule) => rule.target_name ?? (rule.group_by === "agent" ? "Each agent" : "All runs"),
    },
    { id: "severity", header: "Severity", hideBelow: "sm", cell: (rule) => <Severity severity={rule.severity} /> },
    {
      id: "state",
      header: "State",
      hideBelow: "sm",
      cell: (rule) => <StatusBadge status={rule.enabled ? rule.state : "disabled"} />,
    },
    {
      id: "enabled",
      header: "Enabled",
      cell: (rule) => (
        <Switch
          label={`Enable ${rule.name}`}
          checked={rule.enabled}
          disabled={!canWrite}
          onChange={(enabled) => onEnable(rule, enabled)}
        />
      ),
    },
    {
      id: "actions",
      header: <span className="sr-only">Actions</span>,
      align: "end",
      cell: (rule) =>
        canWrite && <IconButton size="sm" icon={Trash2} label={`Delete ${rule.name}`} onClick={() => onDelete(rule)} />,
    },
  ];
}

function DeleteRule({ rule, onClose }: { rule: AlertConfig; onClose: () => void }) {
  const remove = useDeleteRule();
  return (
    <ConfirmDialog
      open
      onOpenChange={onClose}
      title={`Delete ${rule.name}?`}
      confirmLabel="Delete rule"
      busy={remove.isPending}
      error={remove.error && <ErrorNotice error={remove.error} />}
      onConfirm={() => remove.mutate(rule.id, { onSuccess: onClose })}
    >
      Its firing alerts are resolved. Past alerts stay in the history.
    </ConfirmDialog>
  );
}
