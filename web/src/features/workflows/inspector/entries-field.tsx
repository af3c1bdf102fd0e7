import { Plus, X } from "lucide-react";
import { useId } from "react";
import { Button, IconButton } from "@/components/ui/button";
import { Input } from "@/components/ui/input";
import { cx } from "@/lib/cx";
import { objectOf, textOf } from "../graph/document";
import type { FieldProps } from "./field-props";

/** Names with texts or expressions: what is written to which key of the state, the headers of a request. */
export function EntriesField({ field, value, onChange, error, isReadOnly, stateKeys }: FieldProps) {
  const list = useId();
  const entries = Object.entries(objectOf(value));
  const isState = field.kind === "expressions";
  const set = (next: (readonly [string, unknown])[]) =>
    onChange(next.length === 0 && !field.isRequired ? undefined : (Object.fromEntries(next) as never));
  const free = stateKeys.find((key) => isState && !entries.some(([name]) => name === key)) ?? nextName(entries);
  return (
    <fieldset className="flex min-w-0 flex-col gap-1.5">
      <legend className="mb-1 font-medium text-fg text-xs">{field.label}</legend>
      {isState && (
        <datalist id={list}>
          {stateKeys.map((key) => (
            <option key={key} value={key} />
          ))}
        </datalist>
      )}
      {entries.map(([name, text], row) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a row stays the row while its name is typed
        <div key={row} className="flex items-start gap-1.5">
          <Input
            aria-label={`${field.label}: name ${row + 1}`}
            className="w-28! shrink-0 font-mono text-xs"
            list={isState ? list : undefined}
            readOnly={isReadOnly}
            spellCheck={false}
            value={name}
            onChange={(event) => {
              const next = event.target.value;
              if (!entries.some(([other], at) => at !== row && other === next))
                set(entries.map((entry, at) => (at === row ? [next, entry[1]] : entry)));
            }}
          />
          <Input
            aria-label={`${field.label}: ${isState ? "expression" : "value"} for ${name}`}
            aria-invalid={error !== undefined || undefined}
            className={cx("min-w-0 flex-1 text-xs", isState && "font-mono")}
            readOnly={isReadOnly}
            spellCheck={false}
            placeholder={isState ? "expression" : ""}
            value={textOf(text)}
            onChange={(event) => set(entries.map((entry, at) => (at === row ? [name, event.target.value] : entry)))}
          />
          {!isReadOnly && (
            <IconButton
              size="sm"
              className="mt-0.5"
              label={`Remove ${name} from ${field.label.toLowerCase()}`}
              icon={X}
              onClick={() => set(entries.filter((_, at) => at !== row))}
            />
          )}
        </div>
      ))}
      {!isReadOnly && (
        <Button size="sm" variant="ghost" icon={Plus} className="self-start" onClick={() => set([...entries, [free, ""]])}>
          Add to {field.label.toLowerCase()}
        </Button>
      )}
      {error && <p className="text-danger text-xs">{error}</p>}
    </fieldset>
  );
}

function nextName(entries: readonly (readonly [string, unknown])[]): string {
  for (let number = 1; ; number++) {
    const name = `key_${number}`;
    if (!entries.some(([other]) => other === name)) return name;
  }
}
