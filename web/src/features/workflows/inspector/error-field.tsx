import type { Json } from "@/api/types";
import { Field } from "@/components/ui/field";
import { Select } from "@/components/ui/select";
import { isObject, textOf } from "../graph/document";
import type { FieldProps } from "./field-props";
import { JsonField } from "./json-field";

type Way = "fail" | "continue" | "goto" | "value";

function wayOf(value: Json | undefined): Way {
  if (value === "continue") return "continue";
  if (!isObject(value)) return "fail";
  return typeof value.goto === "string" ? "goto" : "value";
}

/** What follows an error of a node. */
export function ErrorField({ field, value, onChange, error, isReadOnly, nodeIds }: FieldProps) {
  const way = wayOf(value);
  const start: Record<Way, Json | undefined> = {
    fail: undefined,
    continue: "continue",
    goto: { goto: nodeIds[0] ?? "" },
    value: { value: null },
  };
  return (
    <div className="flex flex-col gap-2">
      <Field label={field.label} error={way === "value" ? undefined : error}>
        {(control) => (
          <Select
            {...control}
            value={way}
            disabled={isReadOnly}
            onChange={(event) => onChange(start[event.target.value as Way])}
          >
            <option value="fail">Fail the run</option>
            <option value="continue">Continue without a result</option>
            <option value="value">Continue with a value</option>
            {(nodeIds.length > 0 || way === "goto") && <option value="goto">Go to a node</option>}
          </Select>
        )}
      </Field>
      {way === "goto" && isObject(value) && (
        <Field label="Node for errors">
          {(control) => (
            <Select
              {...control}
              value={textOf(value.goto)}
              disabled={isReadOnly}
              onChange={(event) => onChange({ ...value, goto: event.target.value })}
            >
              {[...new Set([textOf(value.goto), ...nodeIds])].map((id) => (
                <option key={id} value={id}>
                  {id}
                </option>
              ))}
            </Select>
          )}
        </Field>
      )}
      {way === "value" && isObject(value) && (
        <JsonField
          label="Value after an error (JSON)"
          value={value.value}
          onChange={(next) => onChange({ value: next ?? null })}
          error={error}
          isReadOnly={isReadOnly}
        />
      )}
    </div>
  );
}
