import type { Json } from "@/api/types";
import { Field } from "@/components/ui/field";
import { Input, Textarea } from "@/components/ui/input";
import { isObject, objectOf, textOf } from "../graph/document";
import { withField } from "../graph/operations";
import type { Field as SchemaField } from "../graph/schema";
import { type InspectorContext, stateKeysOf, toldAt } from "./context";
import { EntriesField } from "./entries-field";
import { FieldInput } from "./field-input";
import { JsonField } from "./json-field";
import { StateFields } from "./state-fields";

const PLAIN = { hint: "", isRequired: false, choices: [], fallback: null, example: "", fields: [] } as const;
const OUTPUT: SchemaField = { ...PLAIN, name: "output", label: "Output", kind: "expressions" };
const LIMITS: SchemaField = { ...PLAIN, name: "limits", label: "Limits", kind: "object" };

/** What belongs to the workflow as a whole: shown where no node and no edge is chosen. */
export function WorkflowInspector({ context }: { readonly context: InspectorContext }) {
  const { definition, isReadOnly, change } = context;
  const { told } = toldAt({ ...context, scope: [] }, null);
  const set = (field: string, value: Json | undefined) =>
    change((before) => withField(before, field, value), `workflow ${field}`);
  const common = { isReadOnly, stateKeys: stateKeysOf(definition), nodeIds: [] };
  return (
    <div className="flex flex-col gap-4">
      <h2 className="font-semibold text-base text-fg">Workflow</h2>
      <Field label="Name" required error={told("name")}>
        {(control) => (
          <Input
            {...control}
            readOnly={isReadOnly}
            value={textOf(definition.name)}
            onChange={(event) => set("name", event.target.value)}
          />
        )}
      </Field>
      <Field label="Description" error={told("description")}>
        {(control) => (
          <Textarea
            {...control}
            rows={2}
            readOnly={isReadOnly}
            value={textOf(definition.description)}
            onChange={(event) => set("description", event.target.value || undefined)}
          />
        )}
      </Field>
      <JsonField
        label="Input schema (JSON)"
        hint="A JSON Schema; each run's input is checked against it."
        value={definition.input_schema}
        onChange={(value) => set("input_schema", isObject(value) ? value : undefined)}
        error={told("input_schema")}
        isReadOnly={isReadOnly}
      />
      <StateFields
        state={objectOf(definition.state)}
        reducers={context.schema.reducers}
        onChange={(state) => set("state", state)}
        isReadOnly={isReadOnly}
      />
      {told("state") && <p className="text-danger text-xs">{told("state")}</p>}
      <EntriesField
        {...common}
        field={OUTPUT}
        value={definition.output}
        onChange={(value) => set("output", value)}
        error={told("output")}
      />
      <JsonField
        label="Output schema (JSON)"
        value={definition.output_schema ?? undefined}
        onChange={(value) => set("output_schema", isObject(value) ? value : undefined)}
        error={told("output_schema")}
        isReadOnly={isReadOnly}
      />
      <FieldInput
        {...common}
        field={{ ...LIMITS, fields: context.schema.limits }}
        value={definition.limits}
        onChange={(value) => set("limits", value)}
        error={told("limits")}
      />
    </div>
  );
}
