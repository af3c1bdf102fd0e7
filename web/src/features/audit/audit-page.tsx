import { useInfiniteQuery } from "@tanstack/react-query";
import { ScrollText } from "lucide-react";
import { type FormEvent, useState } from "react";
import type { AuditEntry } from "@/api/types";
import { Button } from "@/components/ui/button";
import { Section } from "@/components/ui/card";
import { type Column, DataTable } from "@/components/ui/data-table";
import { EmptyState } from "@/components/ui/empty-state";
import { Input } from "@/components/ui/input";
import { LoadMore } from "@/components/ui/load-more";
import { Loaded } from "@/components/ui/page-states";
import { Pill } from "@/components/ui/pill";
import { RelativeTime } from "@/components/ui/time";
import { shortId } from "@/lib/format";
import { type AuditFilter, auditList } from "./api";
import { EntryPanel } from "./entry-panel";

interface Props {
  filter: AuditFilter;
  onFilter: (filter: AuditFilter) => void;
}

export function AuditPage({ filter, onFilter }: Props) {
  const entries = useInfiniteQuery(auditList(filter));
  const [shown, setShown] = useState<AuditEntry | null>(null);
  return (
    <Section
      title="Audit log"
      description="Who did what to which record, from where and when."
      flush
      actions={<ActionFilter key={filter.action} filter={filter} onFilter={onFilter} />}
    >
      <Chips filter={filter} onFilter={onFilter} />
      <Loaded query={entries}>
        {(data) => {
          const rows = data.pages.flatMap((page) => page.items);
          if (rows.length === 0) return <Nothing isFiltered={Object.keys(filter).length > 0} onClear={() => onFilter({})} />;
          return (
            <DataTable
              label="Audit log"
              rows={rows}
              rowKey={(entry) => entry.id}
              columns={columns(setShown)}
              onPeek={setShown}
              selectedKey={shown?.id ?? null}
            />
          );
        }}
      </Loaded>
      <LoadMore query={entries} />
      {shown && <EntryPanel entry={shown} onClose={() => setShown(null)} onFilter={onFilter} />}
    </Section>
  );
}

function ActionFilter({ filter, onFilter }: Props) {
  const [text, setText] = useState(filter.action ?? "");
  function onSubmit(event: FormEvent): void {
    event.preventDefault();
    onFilter({ ...filter, action: text.trim() || undefined });
  }
  return (
    <form onSubmit={onSubmit} className="w-56">
      <Input
        aria-label="Action, such as agent.updated"
        placeholder="Action, such as agent.updated"
        data-filter
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
    </form>
  );
}

function Chips({ filter, onFilter }: Props) {
  const { action, actor_id: actor, target_id: target } = filter;
  if (!action && !actor && !target) return null;
  return (
    <div className="flex flex-wrap gap-1.5 border-line border-b px-3 py-2">
      {action && <Pill onRemove={() => onFilter({ ...filter, action: undefined })}>{action}</Pill>}
      {actor && <Pill onRemove={() => onFilter({ ...filter, actor_id: undefined })}>by {shortId(actor)}</Pill>}
      {target && <Pill onRemove={() => onFilter({ ...filter, target_id: undefined })}>to {shortId(target)}</Pill>}
    </div>
  );
}

function Nothing({ isFiltered, onClear }: { isFiltered: boolean; onClear: () => void }) {
  if (!isFiltered) return <EmptyState icon={ScrollText} title="No audit entries yet" />;
  return (
    <EmptyState
      icon={ScrollText}
      title="No entries match these filters"
      action={<Button onClick={onClear}>Clear filters</Button>}
    />
  );
}

function columns(onOpen: (entry: AuditEntry) => void): Column<AuditEntry>[] {
  return [
    {
      id: "when",
      header: "When",
      cell: (entry) => <RelativeTime at={entry.created_at} className="whitespace-nowrap text-muted" />,
    },
    { id: "who", header: "Who", cell: (entry) => <span className="text-fg">{actorName(entry)}</span> },
    {
      id: "action",
      header: "Action",
      cell: (entry) => (
        <button
          type="button"
          data-row-action
          onClick={() => onOpen(entry)}
          className="rounded text-left font-medium text-fg"
        >
          <code className="wrap-anywhere text-xs">{entry.action}</code>
        </button>
      ),
    },
    {
      id: "target",
      header: "Record",
      hideBelow: "sm",
      cell: (entry) => (
        <span className="text-muted">
          {entry.target_type} {entry.target_id && <code className="text-2xs">{shortId(entry.target_id)}</code>}
        </span>
      ),
    },
    { id: "ip", header: "From", hideBelow: "lg", cell: (entry) => <span className="text-muted">{entry.ip ?? "–"}</span> },
  ];
}

export function actorName(entry: AuditEntry): string {
  return entry.actor_name ?? (entry.actor_kind === "system" ? "Retinue" : entry.actor_kind);
}
