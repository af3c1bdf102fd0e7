/** A form for an object described by JSON Schema: what templates ask for and what tools take. Nested values are written as JSON. */
import type { JsonObject } from "@/api/types";
import { Checkbox } from "@/components/ui/checkbox";
import { Field } from "@/components/ui/field";
import { Input, Textarea } from "@/components/ui/input";
import { Select } from "@/components/ui/select";
import { type FieldKind, fieldsOf, type SchemaField } from "@/lib/schema-fields";

interface Props {
  schema: JsonObject;
  /** Texts as typed, by field; `readValues` makes the JSON of them. */
  texts: Readonly<Record<string, string>>;
  onChange: (texts: Record<string, string>) => void;
  errors?: Readonly<Record<string, string | undefined>>;
}

export function SchemaForm({ schema, texts, onChange, errors = {} }: Props) {
  return (
    <div className="flex flex-col gap-4">
      {fieldsOf(schema).map((field) => (
        <SchemaInput
          key={field.name}
          field={field}
          text={texts[field.name] ?? ""}
          error={errors[field.name]}
          onChange={(text) => onChange({ ...texts, [field.name]: text })}
        />
      ))}
    </div>
  );
}

interface InputProps {
  field: SchemaField;
  text: string;
  error: string | undefined;
  onChange: (text: string) => void;
}

const INPUT_TYPES: Partial<Record<FieldKind, string>> = { number: "number", integer: "number" };

function SchemaInput({ field, text, error, onChange }: InputProps) {
  if (field.kind === "boolean") {
    return (
      <Checkbox
        label={field.label}
        hint={error ?? field.description}
        checked={text === "true"}
        onChange={(event) => onChange(String(event.target.checked))}
      />
    );
  }
  return (
    <Field label={field.label} hint={field.description} required={field.isRequired} error={error}>
      {(control) => {
        if (field.choices) {
          return (
            <Select {...control} value={text} onChange={(event) => onChange(event.target.value)}>
              {!field.isRequired && <option value="">–</option>}
              {field.isRequired && text === "" && <option value="">Choose…</option>}
              {field.choices.map((choice) => (
                <option key={choice} value={choice}>
                  {choice}
                </option>
              ))}
            </Select>
          );
        }
        if (field.kind === "long" || field.kind === "json") {
          return (
            <Textarea
              {...control}
              rows={4}
              spellCheck={field.kind !== "json"}
              className={field.kind === "json" ? "font-mono text-xs" : ""}
              value={text}
              onChange={(event) => onChange(event.target.value)}
            />
          );
        }
        return (
          <Input
            {...control}
            type={INPUT_TYPES[field.kind] ?? "text"}
            step="any"
            value={text}
            onChange={(event) => onChange(event.target.value)}
          />
        );
      }}
    </Field>
  );
}
