import { ArrowRight, Trash2 } from "lucide-react";
import type { Json, JsonObject } from "@/api/types";
import { IconButton } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { Notice } from "@/components/ui/notice";
import { Select } from "@/components/ui/select";
import { END, nodesOf, START, textOf } from "../graph/document";
import { removeEdge, setEdge } from "../graph/operations";
import type { Field as SchemaField } from "../graph/schema";
import { graphOf, type InspectorContext, nodeIdsOf, stateKeysOf, toldAt } from "./context";
import { FieldInput } from "./field-input";

interface Props {
  readonly edge: JsonObject;
  readonly index: number;
  readonly context: InspectorContext;
}

const ENDS: ReadonlySet<string> = new Set(["from", "to"]);

/** An edge: its ends, when it is taken, and how often it may be. */
export function EdgeInspector({ edge, index, context }: Props) {
  const { scope, isReadOnly, change, onSelect } = context;
  const graph = graphOf(context);
  const ids = nodeIdsOf(graph);
  const { told, whole } = toldAt(context, { kind: "edge", index });
  const set = (field: string, value: Json | undefined) =>
    change((definition) => setEdge(definition, scope, index, field, value), `edge ${index} ${field}`);
  return (
    <div className="flex flex-col gap-4">
      <header className="flex items-center gap-2.5">
        <span className="inline-flex size-8 shrink-0 items-center justify-center rounded-md bg-sunken text-muted">
          <ArrowRight aria-hidden className="size-4" />
        </span>
        <h2 className="min-w-0 flex-1 truncate font-semibold text-base text-fg">
          {textOf(edge.from)} to {textOf(edge.to)}
        </h2>
        {!isReadOnly && (
          <IconButton
            size="sm"
            variant="danger-ghost"
            icon={Trash2}
            label="Delete the edge"
            onClick={() => {
              change((definition) => removeEdge(definition, scope, index));
              onSelect(null);
            }}
          />
        )}
      </header>
      {whole.map((finding) => (
        <Notice key={`${finding.code} ${finding.message}`} tone={finding.severity === "error" ? "danger" : "warning"}>
          {finding.message} {finding.suggestion}
        </Notice>
      ))}
      <div className="grid grid-cols-2 gap-2">
        <End
          label="From"
          value={textOf(edge.from)}
          ids={[START, ...ids]}
          error={told("from")}
          isReadOnly={isReadOnly}
          onChange={(id) => set("from", id)}
        />
        <End
          label="To"
          value={textOf(edge.to)}
          ids={[...ids, END]}
          error={told("to")}
          isReadOnly={isReadOnly}
          onChange={(id) => set("to", id)}
        />
      </div>
      {fieldsOf(context.schema.edge, sourceOf(graph, edge), edge).map((field) => (
        <FieldInput
          key={field.name}
          field={field}
          value={edge[field.name]}
          onChange={(value) => set(field.name, value)}
          error={told(field.name)}
          isReadOnly={isReadOnly}
          stateKeys={stateKeysOf(context.definition)}
          nodeIds={ids}
        />
      ))}
    </div>
  );
}

interface EndProps {
  readonly label: string;
  readonly value: string;
  readonly ids: readonly string[];
  readonly error: string | undefined;
  readonly isReadOnly: boolean;
  readonly onChange: (id: string) => void;
}

function End({ label, value, ids, error, isReadOnly, onChange }: EndProps) {
  return (
    <Field label={label} error={error}>
      {(control) => (
        <Select {...control} disabled={isReadOnly} value={value} onChange={(event) => onChange(event.target.value)}>
          {[...new Set([...ids, value])].map((id) => (
            <option key={id} value={id}>
              {id}
            </option>
          ))}
        </Select>
      )}
    </Field>
  );
}

function sourceOf(graph: JsonObject, edge: JsonObject): string {
  return nodesOf(graph).find((each) => each.id === edge.from)?.type ?? "";
}

/** The fields that say something at an edge of this source: a switch has cases, other nodes have conditions. */
function fieldsOf(fields: readonly SchemaField[], source: string, edge: JsonObject): SchemaField[] {
  const hidden = source === "switch" ? "when" : "case";
  return fields.filter((field) => {
    if (ENDS.has(field.name)) return false;
    const isSet = edge[field.name] != null && edge[field.name] !== false;
    if (edge.from === START && (field.name === "when" || field.name === "else")) return isSet;
    if (edge.else === true && (field.name === "when" || field.name === "case")) return isSet;
    return field.name !== hidden || isSet;
  });
}
