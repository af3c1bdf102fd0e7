import { useEffect, useState } from "react";
import type { Json } from "@/api/types";
import { Field } from "@/components/ui/field";
import { Textarea } from "@/components/ui/input";
import { stringifyJson } from "@/lib/exact-json";
import { readJson } from "@/lib/read-json";
import { isSame } from "../graph/document";

interface Props {
  readonly label: string;
  readonly hint?: string;
  readonly required?: boolean;
  readonly value: Json | undefined;
  readonly onChange: (value: Json | undefined) => void;
  readonly error: string | undefined;
  readonly isReadOnly: boolean;
}

const LINES = { least: 1, most: 14 };

/** A value of any kind, as JSON. What is typed is kept as typed; only what can be read becomes part of the draft. */
export function JsonField({ label, hint, required = false, value, onChange, error, isReadOnly }: Props) {
  const [text, setText] = useState(() => written(value));
  useEffect(() => {
    setText((before) => (isSame(readValue(before), value) ? before : written(value)));
  }, [value]);
  const read = text.trim() === "" ? undefined : readJson(text);
  return (
    <Field label={label} required={required} error={read?.problem ?? error} {...(hint ? { hint } : {})}>
      {(control) => (
        <Textarea
          {...control}
          rows={Math.min(LINES.most, Math.max(LINES.least, text.split("\n").length))}
          readOnly={isReadOnly}
          spellCheck={false}
          className="min-h-8! font-mono text-xs"
          value={text}
          onChange={(event) => {
            const next = event.target.value;
            setText(next);
            if (next.trim() === "") onChange(undefined);
            else if (readJson(next).problem === undefined) onChange(readValue(next));
          }}
        />
      )}
    </Field>
  );
}

function written(value: Json | undefined): string {
  return value === undefined ? "" : stringifyJson(value, 2);
}

function readValue(text: string): Json | undefined {
  return text.trim() === "" ? undefined : readJson(text).value;
}
