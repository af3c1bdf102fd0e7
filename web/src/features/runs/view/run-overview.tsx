import type { Run } from "@/api/types";
import { CopyButton } from "@/components/ui/copy-button";
import { JsonView } from "@/components/ui/json-view";
import { KeyValueList } from "@/components/ui/key-value";
import { Markdown } from "@/components/ui/markdown";
import { stringifyJson } from "@/lib/exact-json";
import { bytes, count, duration } from "@/lib/format";
import { InspectorPart } from "../steps/inspector-part";
import { isObject, promptOf, textOf } from "../steps/json-text";
import { isOfN8n, N8nExecution } from "./n8n-execution";
import { originsOf, RunIdLink } from "./run-origin";

/** The run as a whole, while no step is chosen: what it was given, what it gave, what it used. */
export function RunOverview({ run }: { readonly run: Run }) {
  const output = isObject(run.output) && Object.keys(run.output).length > 1 ? null : textOf(run.output);
  const usage = run.resource_usage;
  return (
    <div className="h-full overflow-auto">
      <h2 className="sr-only">The whole run</h2>
      <InspectorPart title="Input" actions={<CopyButton label="Copy the input" text={promptOf(run.input)} />}>
        <p className="max-h-72 overflow-auto text-sm break-words whitespace-pre-wrap">{promptOf(run.input)}</p>
      </InspectorPart>
      {run.output !== null && (
        <InspectorPart
          title="Output"
          actions={<CopyButton label="Copy the output" text={output ?? stringifyJson(run.output, 2)} />}
        >
          <div className="text-sm">{output === null ? <JsonView value={run.output} /> : <Markdown text={output} />}</div>
        </InspectorPart>
      )}
      <InspectorPart title="Usage">
        <KeyValueList
          rows={[
            ["Model calls", usage.model_calls != null ? count(usage.model_calls) : null],
            ["Tool calls", usage.tool_calls != null ? count(usage.tool_calls) : null],
            ["In the queue", run.queued_ms === null ? null : duration(run.queued_ms)],
            ["CPU time", usage.cpu_ms != null ? duration(usage.cpu_ms) : null],
            ["Peak memory", usage.peak_memory_bytes != null ? bytes(usage.peak_memory_bytes) : null],
          ]}
        />
      </InspectorPart>
      {isOfN8n(run) && <N8nExecution run={run} />}
      {originsOf(run).length > 0 && (
        <InspectorPart title="Related runs">
          <KeyValueList
            rows={originsOf(run).map(({ label, runId }) => [label, <RunIdLink key={label} label={label} runId={runId} />])}
          />
        </InspectorPart>
      )}
    </div>
  );
}
