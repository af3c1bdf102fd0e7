import { Checkbox } from "@/components/ui/checkbox";
import { Field } from "@/components/ui/field";
import { Input, Textarea } from "@/components/ui/input";
import { Select } from "@/components/ui/select";
import { isShown, type SchemaField, type Values } from "./kind-form";
import { CHOICES } from "./labels";

interface Props {
  readonly fields: readonly SchemaField[];
  readonly values: Values;
  readonly onChange: (values: Values) => void;
  /** The server's sentence for a field. */
  readonly problemOf: (name: string) => string | undefined;
}

/** The fields of a schema that the values so far call for. */
export function SchemaFields({ fields, values, onChange, problemOf }: Props) {
  return fields
    .filter((field) => isShown(field.when, values))
    .map((field) => (
      <SchemaControl
        key={field.name}
        field={field}
        value={values[field.name] ?? field.initial}
        problem={problemOf(field.name)}
        onChange={(value) => onChange({ ...values, [field.name]: value })}
      />
    ));
}

interface ControlProps {
  readonly field: SchemaField;
  readonly value: string | boolean;
  readonly problem: string | undefined;
  readonly onChange: (value: string | boolean) => void;
}

function SchemaControl({ field, value, problem, onChange }: ControlProps) {
  if (field.kind === "switch")
    return (
      <Checkbox
        label={field.title}
        hint={problem ?? field.hint}
        checked={value === true}
        onChange={(event) => onChange(event.target.checked)}
      />
    );
  const text = String(value);
  return (
    <Field label={field.title} required={field.isRequired} hint={field.hint} error={problem}>
      {(control) => {
        const change = (event: { target: { value: string } }) => onChange(event.target.value);
        if (field.kind === "choice")
          return (
            <Select {...control} value={text} onChange={change}>
              {field.choices.map((choice) => (
                <option key={choice} value={choice}>
                  {CHOICES[choice] ?? choice}
                </option>
              ))}
            </Select>
          );
        if (field.kind === "long")
          return (
            <Textarea
              {...control}
              rows={4}
              className="font-mono text-xs"
              spellCheck={false}
              value={text}
              onChange={change}
            />
          );
        return (
          <Input
            {...control}
            type={field.kind === "secret" ? "password" : "text"}
            inputMode={field.kind === "number" ? "numeric" : undefined}
            autoComplete={field.kind === "secret" ? "new-password" : "off"}
            spellCheck={false}
            value={text}
            onChange={change}
          />
        );
      }}
    </Field>
  );
}
