import { Checkbox } from "@/components/ui/checkbox";
import { Field } from "@/components/ui/field";
import { Input, Textarea } from "@/components/ui/input";
import { NumberField } from "@/components/ui/number-field";
import { Select } from "@/components/ui/select";
import { stringifyJson } from "@/lib/exact-json";
import { objectOf, textOf } from "../graph/document";
import { withField } from "../graph/operations";
import { words } from "../graph/schema";
import { EntriesField } from "./entries-field";
import { ErrorField } from "./error-field";
import { type FieldProps, labelOf } from "./field-props";
import { JsonField } from "./json-field";
import { NamesField } from "./names-field";
import { ReferenceField } from "./reference-field";

/** The editor of one field, by what the schema says of it. */
export function FieldInput(props: FieldProps) {
  switch (props.field.kind) {
    case "reference":
      return <ReferenceField {...props} />;
    case "choice":
      return <ChoiceField {...props} />;
    case "boolean":
      return <BooleanField {...props} />;
    case "integer":
    case "number":
      return <Numeric {...props} />;
    case "expressions":
    case "texts":
      return <EntriesField {...props} />;
    case "object":
      return <ObjectField {...props} />;
    case "error":
      return <ErrorField {...props} />;
    case "names":
      return <NamesField {...props} />;
    case "body":
      return null;
    case "json":
      return (
        <JsonField
          {...labelOf(props)}
          label={`${props.field.label} (JSON)`}
          value={props.value}
          onChange={props.onChange}
          error={props.error}
          isReadOnly={props.isReadOnly}
        />
      );
    default:
      return <TextField {...props} />;
  }
}

/** It is shown only where it applies, and then opened. */
const ESCALATION = "escalate_to";

const ROWS = { expression: 1, long: 3, code: 12 } as const;

function TextField(props: FieldProps) {
  const { field, value, onChange, error, isReadOnly } = props;
  const text = typeof value === "string" || value == null ? textOf(value) : stringifyJson(value);
  const set = (next: string) => onChange(next === "" && !field.isRequired ? undefined : next);
  return (
    <Field {...labelOf(props)} error={error}>
      {(control) =>
        field.kind === "text" ? (
          <Input
            {...control}
            readOnly={isReadOnly}
            placeholder={field.example && `e.g. ${field.example}`}
            value={text}
            onChange={(event) => set(event.target.value)}
          />
        ) : (
          <Textarea
            {...control}
            rows={Math.max(ROWS[field.kind as keyof typeof ROWS] ?? 1, Math.min(14, text.split("\n").length))}
            readOnly={isReadOnly}
            spellCheck={field.kind === "long"}
            className={field.kind === "long" ? "" : "min-h-8! font-mono text-xs"}
            value={text}
            onChange={(event) => set(event.target.value)}
          />
        )
      }
    </Field>
  );
}

function ChoiceField(props: FieldProps) {
  const { field, value, onChange, error, isReadOnly } = props;
  const fallback = textOf(field.fallback);
  return (
    <Field {...labelOf(props)} error={error}>
      {(control) => (
        <Select
          {...control}
          value={textOf(value)}
          disabled={isReadOnly}
          onChange={(event) => onChange(event.target.value === "" ? undefined : event.target.value)}
        >
          {!field.isRequired && <option value="">{fallback ? `${words(fallback)} (default)` : "Default"}</option>}
          {field.choices
            .filter((choice) => field.isRequired || choice !== fallback || value === choice)
            .map((choice) => (
              <option key={choice} value={choice}>
                {words(choice)}
              </option>
            ))}
        </Select>
      )}
    </Field>
  );
}

function BooleanField({ field, value, onChange, error, isReadOnly }: FieldProps) {
  const fallback = field.fallback === true;
  return (
    <Checkbox
      label={field.label}
      hint={error ?? field.hint}
      disabled={isReadOnly}
      checked={typeof value === "boolean" ? value : fallback}
      onChange={(event) =>
        onChange(event.target.checked === fallback && !field.isRequired ? undefined : event.target.checked)
      }
    />
  );
}

function Numeric({ field, value, onChange, error, isReadOnly }: FieldProps) {
  return (
    <NumberField
      label={field.label}
      hint={field.hint}
      error={error}
      disabled={isReadOnly}
      value={typeof value === "number" ? value : null}
      step={field.kind === "integer" ? 1 : "any"}
      placeholder={field.fallback === null ? "" : String(field.fallback)}
      onChange={(next) => onChange(next ?? undefined)}
    />
  );
}

/** The fields of an object, in a box that opens; all of them left out leave it out. */
function ObjectField(props: FieldProps) {
  const { field, value, onChange } = props;
  const object = objectOf(value);
  return (
    <details
      open={field.name === ESCALATION || (value != null && Object.keys(object).length > 0)}
      className="rounded-md border border-line"
    >
      <summary className="px-2.5 py-1.5 font-medium text-fg text-xs">{field.label}</summary>
      <div className="flex flex-col gap-3 border-line border-t p-2.5">
        {field.hint && <p className="text-muted text-xs">{field.hint}</p>}
        {field.fields.map((inner) => (
          <FieldInput
            key={inner.name}
            {...props}
            field={inner}
            value={object[inner.name]}
            onChange={(next) => {
              const changed = withField(object, inner.name, next);
              onChange(Object.keys(changed).length === 0 && !field.isRequired ? undefined : changed);
            }}
          />
        ))}
        {props.error && <p className="text-danger text-xs">{props.error}</p>}
      </div>
    </details>
  );
}
