import { useState } from "react";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { commaSeparated } from "@/lib/comma-separated";
import { listOf, textOf } from "../graph/document";
import { type FieldProps, labelOf } from "./field-props";

/** A list of texts, such as assignees, in one line. */
export function NamesField(props: FieldProps) {
  const { field, value, onChange, error, isReadOnly } = props;
  const given = listOf(value)
    .map((each) => textOf(each))
    .join(", ");
  const [typed, setTyped] = useState(given);
  // What was changed elsewhere is shown; what is being typed keeps its commas.
  const text = commaSeparated(typed).join(", ") === given ? typed : given;
  return (
    <Field {...labelOf(props)} hint={field.hint ? `${field.hint} Comma-separated.` : "Comma-separated."} error={error}>
      {(control) => (
        <Input
          {...control}
          readOnly={isReadOnly}
          spellCheck={false}
          value={text}
          onChange={(event) => {
            setTyped(event.target.value);
            const names = commaSeparated(event.target.value);
            onChange(names.length === 0 ? undefined : names);
          }}
        />
      )}
    </Field>
  );
}
