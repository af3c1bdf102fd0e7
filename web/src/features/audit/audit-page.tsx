import { useInfiniteQuery, useMutation } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Download, ScrollText } from "lucide-react";
import { type FormEvent, useState } from "react";
import type { AuditEntry } from "@/api/types";
import { SavedViews } from "@/components/saved-views";
import { Button } from "@/components/ui/button";
import { Section } from "@/components/ui/card";
import { type Column, DataTable } from "@/components/ui/data-table";
import { EmptyState } from "@/components/ui/empty-state";
import { FilterSelect } from "@/components/ui/filter-select";
import { Input } from "@/components/ui/input";
import { LoadMore } from "@/components/ui/load-more";
import { Loaded } from "@/components/ui/page-states";
import { Pill } from "@/components/ui/pill";
import { RelativeTime } from "@/components/ui/time";
import { TimeFilter } from "@/components/ui/time-filter";
import { useToast } from "@/components/ui/toast";
import { download } from "@/lib/download";
import { shortId } from "@/lib/format";
import { type AuditFilter, auditList, readAuditLines } from "./api";
import { EntryPanel } from "./entry-panel";

export interface Actor {
  id: string;
  name: string;
}

interface Props {
  filter: AuditFilter;
  onFilter: (filter: AuditFilter) => void;
}

interface PageProps extends Props {
  /** The members, to narrow the log to one of them. */
  people: readonly Actor[];
}

export function AuditPage({ filter, onFilter, people }: PageProps) {
  const entries = useInfiniteQuery(auditList(filter));
  const [shown, setShown] = useState<AuditEntry | null>(null);
  const toast = useToast();
  const lines = useMutation({
    mutationFn: () => readAuditLines(filter),
    onSuccess: (text) => download("audit-log.jsonl", text, "application/x-ndjson"),
    onError: toast.danger,
  });
  return (
    <Section
      title="Audit log"
      description="Who did what to which record, from where and when."
      flush
      actions={
        <div className="flex flex-wrap items-center gap-2">
          <SavedViews list="audit" />
          <Button icon={Download} busy={lines.isPending} onClick={() => lines.mutate()}>
            Export JSON lines
          </Button>
        </div>
      }
    >
      <Filters filter={filter} onFilter={onFilter} people={people} />
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

const KINDS = [
  "agent",
  "team",
  "workflow",
  "tool",
  "run",
  "schedule",
  "deployment",
  "approval",
  "alert",
  "member",
  "invitation",
];
const MORE_KINDS = ["api_key", "model_provider", "variable", "budget", "organization", "session", "user"];

/** The members and the time; what was done, as a kind of record or as one action. */
function Filters({ filter, onFilter, people }: PageProps) {
  const kind = filter.action?.endsWith(".*") ? filter.action.slice(0, -2) : undefined;
  const { actor_id: actor } = filter;
  const former = actor && !people.some(({ id }) => id === actor) ? [[actor, shortId(actor)] as const] : [];
  return (
    <search className="flex flex-wrap items-center gap-2 border-line border-b px-4 py-2.5">
      <TimeFilter range={filter.range} onRange={(range) => onFilter({ ...filter, range })} />
      <FilterSelect
        label="Who"
        all="Everyone"
        className="w-40"
        value={filter.actor_id}
        options={[...former, ...people.map(({ id, name }) => [id, name] as const)]}
        onChange={(actor_id) => onFilter({ ...filter, actor_id })}
      />
      <FilterSelect
        label="Record"
        all="All records"
        value={kind}
        options={[...KINDS, ...MORE_KINDS].map((each) => [each, each.replaceAll("_", " ")])}
        onChange={(chosen) => onFilter({ ...filter, action: chosen && `${chosen}.*` })}
      />
      <ActionFilter key={filter.action} filter={filter} onFilter={onFilter} />
    </search>
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
          {entry.target_type.replaceAll("_", " ")} <RecordLink entry={entry} />
        </span>
      ),
    },
    { id: "ip", header: "From", hideBelow: "lg", cell: (entry) => <span className="text-muted">{entry.ip ?? "–"}</span> },
  ];
}

/** Where records of a kind have a page of their own. */
const PAGES: Record<string, string> = {
  agent: "/agents/",
  team: "/teams/",
  workflow: "/workflows/",
  run: "/runs/",
  schedule: "/schedules/",
  alert: "/alerts/",
  conversation: "/chat/",
};

function RecordLink({ entry }: { entry: AuditEntry }) {
  if (!entry.target_id) return null;
  const page = PAGES[entry.target_type];
  const id = <code className="text-2xs">{shortId(entry.target_id)}</code>;
  if (!page || entry.action.endsWith(".deleted")) return id;
  return (
    <Link to={`${page}${entry.target_id}`} className="rounded text-accent-text hover:underline">
      {id}
    </Link>
  );
}

export function actorName(entry: AuditEntry): string {
  return entry.actor_name ?? (entry.actor_kind === "system" ? "Retinue" : entry.actor_kind);
}
