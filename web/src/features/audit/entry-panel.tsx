import { useMemo } from "react";
import type { AuditEntry } from "@/api/types";
import { Button } from "@/components/ui/button";
import { CodeBlock } from "@/components/ui/code-block";
import { KeyValueList } from "@/components/ui/key-value";
import { SidePanel } from "@/components/ui/side-panel";
import { stringifyJson } from "@/lib/exact-json";
import { absoluteTime } from "@/lib/format";
import type { AuditFilter } from "./api";

interface Props {
  entry: AuditEntry;
  onClose: () => void;
  onFilter: (filter: AuditFilter) => void;
}

/** One entry, with what changed. */
export function EntryPanel({ entry, onClose, onFilter }: Props) {
  const changes = useMemo(() => changesOf(entry.before, entry.after), [entry]);
  function narrow(filter: AuditFilter): void {
    onFilter(filter);
    onClose();
  }
  return (
    <SidePanel open onClose={onClose} title={<code className="text-sm">{entry.action}</code>}>
      <div className="flex flex-col gap-5">
        <KeyValueList
          rows={[
            ["When", absoluteTime(entry.created_at)],
            ["Who", `${entry.actor_name ?? entry.actor_kind}${entry.api_key_id ? ", with an API key" : ""}`],
            ["Record", `${entry.target_type} ${entry.target_id ?? ""}`],
            ["From", entry.ip],
            ["Browser", entry.user_agent],
            ["Request", entry.request_id],
          ]}
        />
        <div className="flex flex-wrap gap-2">
          {entry.target_id && (
            <Button size="sm" onClick={() => narrow({ target_id: entry.target_id ?? undefined })}>
              All of this record
            </Button>
          )}
          {entry.actor_id && (
            <Button size="sm" onClick={() => narrow({ actor_id: entry.actor_id ?? undefined })}>
              All by this person
            </Button>
          )}
        </div>
        {changes.length > 0 && (
          <section aria-label="What changed" className="flex flex-col gap-3">
            <h3 className="font-semibold text-fg text-sm">What changed</h3>
            {changes.map(({ field, before, after }) => (
              <div key={field} className="flex flex-col gap-1">
                <p className="font-medium text-muted text-xs">{field}</p>
                <div className="grid gap-2 sm:grid-cols-2">
                  <CodeBlock label={`${field}, before`} text={before} wrap />
                  <CodeBlock label={`${field}, after`} text={after} wrap />
                </div>
              </div>
            ))}
          </section>
        )}
      </div>
    </SidePanel>
  );
}

function fieldsOf(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}

function told(value: unknown): string {
  if (value === undefined) return "–";
  return typeof value === "string" ? value : stringifyJson(value, 2);
}

/** The fields whose value differs. */
export function changesOf(before: unknown, after: unknown): { field: string; before: string; after: string }[] {
  const [old, fresh] = [fieldsOf(before), fieldsOf(after)];
  const names = [...new Set([...Object.keys(old), ...Object.keys(fresh)])];
  return names
    .map((field) => ({ field, before: told(old[field]), after: told(fresh[field]) }))
    .filter((change) => change.before !== change.after);
}
