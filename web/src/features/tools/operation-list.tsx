import { useState } from "react";
import type { Operation } from "@/api/types";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Checkbox } from "@/components/ui/checkbox";
import { Input } from "@/components/ui/input";
import { plural } from "@/lib/format";

const CHUNK = 100;

interface Props {
  readonly operations: readonly Operation[];
  readonly chosen: ReadonlySet<string>;
  readonly onChoose: (chosen: ReadonlySet<string>) => void;
}

/** The operations of a document, a part of them at a time: a document may have two thousand. */
export function OperationList({ operations, chosen, onChoose }: Props) {
  const [filter, setFilter] = useState("");
  const [count, setCount] = useState(CHUNK);
  const found = operations.filter((each) => isFound(each, filter.trim().toLowerCase()));
  const shown = found.slice(0, count);
  const isAll = found.length > 0 && found.every((each) => chosen.has(each.operation_id));

  const toggle = (ids: readonly string[], isOn: boolean) => {
    const next = new Set(chosen);
    for (const id of ids) isOn ? next.add(id) : next.delete(id);
    onChoose(next);
  };
  return (
    <section aria-label="Operations" className="rounded-lg border border-line">
      <div className="flex flex-wrap items-center justify-between gap-2 border-line border-b px-3 py-1.5">
        <Input
          aria-label="Filter operations"
          type="search"
          className="min-w-32 flex-1"
          placeholder="Filter operations"
          value={filter}
          onChange={(event) => {
            setFilter(event.target.value);
            setCount(CHUNK);
          }}
        />
        <span className="text-muted text-xs">
          {plural(found.length, "operation")}, {chosen.size} selected
        </span>
        <Button
          size="sm"
          variant="ghost"
          onClick={() =>
            toggle(
              found.map((each) => each.operation_id),
              !isAll,
            )
          }
        >
          {isAll ? "Select none" : "Select all"}
        </Button>
      </div>
      <ul className="max-h-[40dvh] divide-y divide-line overflow-y-auto">
        {shown.map((operation) => (
          <li key={operation.operation_id} className="px-3 py-2">
            <Checkbox
              checked={chosen.has(operation.operation_id)}
              onChange={(event) => toggle([operation.operation_id], event.target.checked)}
              label={<OperationLabel operation={operation} />}
            />
          </li>
        ))}
        {shown.length < found.length && (
          <li className="px-3 py-2">
            <Button size="sm" variant="ghost" onClick={() => setCount(count + CHUNK)}>
              Show {Math.min(CHUNK, found.length - shown.length)} more
            </Button>
          </li>
        )}
      </ul>
    </section>
  );
}

function isFound(operation: Operation, filter: string): boolean {
  const { operation_id, method, path, summary } = operation;
  return filter === "" || `${operation_id} ${method} ${path} ${summary}`.toLowerCase().includes(filter);
}

function OperationLabel({ operation }: { readonly operation: Operation }) {
  return (
    <span className="min-w-0">
      <span className="flex flex-wrap items-center gap-1.5">
        <span className="break-all font-medium">{operation.operation_id}</span>
        {operation.status === "changed" && <Badge tone="warning">Changed</Badge>}
        {operation.status === "unchanged" && <Badge>Imported</Badge>}
      </span>
      <span className="flex flex-wrap items-center gap-1.5 font-mono text-muted text-xs">
        <Badge>{operation.method}</Badge>
        <span className="break-all">{operation.path}</span>
      </span>
      <span className="block text-muted text-xs">{operation.summary}</span>
    </span>
  );
}
