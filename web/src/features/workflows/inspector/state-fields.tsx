import { Plus, X } from "lucide-react";
import type { Json, JsonObject } from "@/api/types";
import { Button, IconButton } from "@/components/ui/button";
import { Input } from "@/components/ui/input";
import { Select } from "@/components/ui/select";
import { objectOf, textOf } from "../graph/document";
import { freeId, withField } from "../graph/operations";
import { JsonField } from "./json-field";

interface Props {
  readonly state: JsonObject;
  readonly reducers: readonly string[];
  readonly onChange: (state: JsonObject) => void;
  readonly isReadOnly: boolean;
}

/** The keys of the state: how two values of one become one, and what it holds at first. */
export function StateFields({ state, reducers, onChange, isReadOnly }: Props) {
  const rows = Object.entries(state);
  const put = (row: number, name: string, value: Json) =>
    onChange(Object.fromEntries(rows.map((entry, at) => (at === row ? [name, value] : entry))));
  return (
    <fieldset className="flex min-w-0 flex-col gap-2">
      <legend className="mb-1 font-medium text-fg text-xs">State</legend>
      {rows.length === 0 && <p className="text-muted text-xs">Nodes write values to keys of the state.</p>}
      {rows.map(([name, value], row) => {
        const field = objectOf(value);
        const set = (part: string, next: Json | undefined) => put(row, name, withField(field, part, next));
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: a row stays the row while its name is typed
          <div key={row} className="flex flex-col gap-2 rounded-md border border-line p-2">
            <div className="flex gap-1.5">
              <Input
                aria-label={`State key ${row + 1}`}
                className="min-w-0 flex-1 font-mono text-xs"
                readOnly={isReadOnly}
                spellCheck={false}
                value={name}
                onChange={(event) => {
                  if (!(event.target.value in state)) put(row, event.target.value, field);
                }}
              />
              <Select
                aria-label={`Reducer of ${name}`}
                className="w-28"
                disabled={isReadOnly}
                value={textOf(field.reducer) || "replace"}
                onChange={(event) => set("reducer", event.target.value === "replace" ? undefined : event.target.value)}
              >
                {reducers.map((reducer) => (
                  <option key={reducer} value={reducer}>
                    {reducer}
                  </option>
                ))}
              </Select>
              {!isReadOnly && (
                <IconButton
                  size="sm"
                  className="mt-0.5"
                  icon={X}
                  label={`Remove the state key ${name}`}
                  onClick={() => onChange(Object.fromEntries(rows.filter((_, at) => at !== row)))}
                />
              )}
            </div>
            <JsonField
              label={`Initial value of ${name} (JSON)`}
              value={field.default}
              onChange={(next) => set("default", next)}
              error={undefined}
              isReadOnly={isReadOnly}
            />
          </div>
        );
      })}
      {!isReadOnly && (
        <Button
          size="sm"
          variant="ghost"
          icon={Plus}
          className="self-start"
          onClick={() => {
            const taken = { nodes: rows.map(([id]) => ({ id })) };
            onChange({ ...state, [freeId(taken, "value")]: { default: null } });
          }}
        >
          Add state key
        </Button>
      )}
    </fieldset>
  );
}
