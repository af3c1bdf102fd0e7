import { useQuery } from "@tanstack/react-query";
import { Field } from "@/components/ui/field";
import { Select } from "@/components/ui/select";
import { choicesQuery, type ReferenceKind } from "../api";
import { objectOf, textOf } from "../graph/document";
import { type FieldProps, labelOf } from "./field-props";

const KINDS: readonly ReferenceKind[] = ["agent", "team", "tool", "workflow"];

/** An agent, a team, a tool or a workflow, chosen by its name. */
export function ReferenceField(props: FieldProps) {
  const { field, value, onChange, error, isReadOnly } = props;
  const kind = KINDS.find((each) => each === field.name) ?? "agent";
  const choices = useQuery(choicesQuery(kind));
  const { id: oldId, name: oldName, ...rest } = objectOf(value);
  const known = choices.data ?? [];
  const current = known.find((each) => each.id === oldId) ?? known.find((each) => each.name === oldName);
  const asked = textOf(oldName) || textOf(oldId);
  function choose(id: string): void {
    const chosen = known.find((each) => each.id === id);
    const isOnly = known.filter((each) => each.name === chosen?.name).length === 1;
    onChange(chosen ? { ...rest, ...(isOnly ? { name: chosen.name } : { id: chosen.id }) } : {});
  }
  return (
    <Field {...labelOf(props)} error={error}>
      {(control) => (
        <Select
          {...control}
          value={current?.id ?? asked}
          disabled={isReadOnly}
          onChange={(event) => choose(event.target.value)}
        >
          <option value="">{choices.isPending ? "Loading…" : "Choose…"}</option>
          {asked !== "" && !current && <option value={asked}>{asked}</option>}
          {known.map((each) => (
            <option key={each.id} value={each.id}>
              {each.name}
            </option>
          ))}
        </Select>
      )}
    </Field>
  );
}
