import { ArrowUp, FlaskConical } from "lucide-react";
import { type ReactNode, useState } from "react";
import type { Json, JsonObject, Workflow } from "@/api/types";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { Textarea } from "@/components/ui/input";
import { ErrorNotice } from "@/components/ui/notice";
import { stringifyJson } from "@/lib/exact-json";
import { readJsonObject } from "@/lib/read-json";
import { useStartWorkflow } from "./api";
import { CostPreview } from "./debugging/cost-preview";
import { DryRunBox } from "./debugging/dry-run-box";

const EXAMPLES: Readonly<Record<string, Json>> = {
  string: "",
  integer: 0,
  number: 0,
  boolean: false,
  array: [],
  object: {},
};

interface Props {
  readonly workflow: Workflow;
  readonly renderRun: (runId: string) => ReactNode;
}

/** Starts a run of the published version, or a trial of the newest. */
export function StartWorkflow({ workflow, renderRun }: Props) {
  const start = useStartWorkflow(workflow.id);
  const [text, setText] = useState(() => stringifyJson(exampleOf(workflow.definition as JsonObject), 2));
  const [isDry, setIsDry] = useState(false);
  const read = readJsonObject(text);
  const send = (isTrial: boolean) => read.value && start.mutate({ input: read.value, isTrial, isDry });
  return (
    <section aria-label="Start a run" className="flex flex-col gap-3">
      <p className="text-muted text-xs">
        {workflow.active_version === null
          ? "No version is published; a trial takes the newest saved one."
          : "Takes the published version."}
      </p>
      <Field label="Input (JSON)" error={read.problem}>
        {(control) => (
          <Textarea
            {...control}
            rows={5}
            spellCheck={false}
            className="font-mono text-xs"
            value={text}
            onChange={(event) => setText(event.target.value)}
          />
        )}
      </Field>
      <DryRunBox checked={isDry} onChange={setIsDry} />
      <CostPreview workflowId={workflow.id} version={workflow.version} />
      <ErrorNotice error={start.error} />
      <div className="flex flex-wrap gap-2">
        <Button
          variant="primary"
          icon={ArrowUp}
          busy={start.isPending}
          disabled={read.problem !== undefined || workflow.active_version === null}
          onClick={() => send(false)}
        >
          Run
        </Button>
        <Button icon={FlaskConical} disabled={read.problem !== undefined || start.isPending} onClick={() => send(true)}>
          Trial of version {workflow.version}
        </Button>
      </div>
      {start.data && renderRun(start.data.id)}
    </section>
  );
}

/** An input with the fields that the schema demands, to fill in. */
function exampleOf(definition: JsonObject): JsonObject {
  const schema = definition.input_schema;
  if (!isObject(schema)) return {};
  const properties = isObject(schema.properties) ? schema.properties : {};
  const names = Array.isArray(schema.required) ? schema.required.filter((name) => typeof name === "string") : [];
  return Object.fromEntries(
    names.map((name) => {
      const field = properties[name];
      const type = isObject(field) && typeof field.type === "string" ? field.type : "";
      return [name, EXAMPLES[type] ?? ""];
    }),
  );
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
