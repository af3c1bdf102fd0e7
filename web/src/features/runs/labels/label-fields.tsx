import { Plus, Trash2 } from "lucide-react";
import { Button, IconButton } from "@/components/ui/button";
import { Input } from "@/components/ui/input";
import { type EntryRow, type LabelForm, problemOf, withRow } from "./label-form";
import { KEY_LENGTH, MOST_ENTRIES, VALUE_LENGTH } from "./label-limits";
import { TagsField } from "./tags-field";

interface Props {
  readonly form: LabelForm;
  readonly onChange: (form: LabelForm) => void;
  readonly tagsError?: string | undefined;
}

/** The tags and the metadata of a run. */
export function LabelFields({ form, onChange, tagsError }: Props) {
  const { rows } = form;
  const change = (id: number, part: Partial<EntryRow>) =>
    onChange({ ...form, rows: rows.map((row) => (row.id === id ? { ...row, ...part } : row)) });
  return (
    <div className="grid gap-4">
      <TagsField tags={form.tags} onChange={(tags) => onChange({ ...form, tags })} error={tagsError} />
      <fieldset className="flex min-w-0 flex-col gap-1.5">
        <legend className="mb-1 font-medium text-fg text-xs">Metadata</legend>
        {rows.map((row, index) => (
          <Row
            key={row.id}
            row={row}
            number={index + 1}
            problem={problemOf(row, rows)}
            onChange={(part) => change(row.id, part)}
            onRemove={() => onChange({ ...form, rows: rows.filter((other) => other.id !== row.id) })}
          />
        ))}
        <div className="flex flex-wrap items-center gap-2">
          <Button
            size="sm"
            icon={Plus}
            disabled={rows.length >= MOST_ENTRIES}
            onClick={() => onChange({ ...form, rows: withRow(rows) })}
          >
            Add entry
          </Button>
          {rows.length === 0 && <span className="text-muted text-xs">Keys and values of your own, such as order = 17.</span>}
        </div>
      </fieldset>
    </div>
  );
}

interface RowProps {
  readonly row: EntryRow;
  readonly number: number;
  readonly problem: string | undefined;
  readonly onChange: (part: Partial<EntryRow>) => void;
  readonly onRemove: () => void;
}

function Row({ row, number, problem, onChange, onRemove }: RowProps) {
  const problemId = `entry-${row.id}-problem`;
  return (
    <div className="flex flex-col gap-1">
      <div className="flex items-center gap-1.5">
        <Input
          autoFocus={row.key === "" && row.value === ""}
          aria-label={`Entry ${number}: key`}
          aria-invalid={problem ? true : undefined}
          aria-describedby={problem ? problemId : undefined}
          className="flex-1 basis-2/5"
          placeholder="Key"
          autoComplete="off"
          maxLength={KEY_LENGTH}
          value={row.key}
          onChange={(event) => onChange({ key: event.target.value })}
        />
        <Input
          aria-label={`Entry ${number}: value`}
          className="flex-1 basis-3/5"
          placeholder="Value"
          autoComplete="off"
          maxLength={VALUE_LENGTH}
          value={row.value}
          onChange={(event) => onChange({ value: event.target.value })}
        />
        <IconButton size="sm" label={`Remove entry ${number}`} icon={Trash2} onClick={onRemove} />
      </div>
      {problem && (
        <p id={problemId} className="text-danger text-xs">
          {problem}
        </p>
      )}
    </div>
  );
}
