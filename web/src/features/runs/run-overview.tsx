import { Link } from "@tanstack/react-router";
import type { Run } from "@/api/types";
import { CopyButton } from "@/components/ui/copy-button";
import { JsonView } from "@/components/ui/json-view";
import { KeyValueList } from "@/components/ui/key-value";
import { Markdown } from "@/components/ui/markdown";
import { bytes, count, duration } from "@/lib/format";
import { InspectorPart } from "./inspector-part";
import { isObject, promptOf, textOf } from "./json-text";

/** The run as a whole, while no step is chosen: what it was given, what it gave, what it used. */
export function RunOverview({ run }: { readonly run: Run }) {
  const output = isObject(run.output) && Object.keys(run.output).length > 1 ? null : textOf(run.output);
  const usage = run.resource_usage;
  return (
    <div className="h-full overflow-auto">
      <h2 className="sr-only">The whole run</h2>
      <InspectorPart title="Asked" actions={<CopyButton label="Copy the input" text={promptOf(run.input)} />}>
        <p className="max-h-72 overflow-auto text-sm break-words whitespace-pre-wrap">{promptOf(run.input)}</p>
      </InspectorPart>
      {run.output !== null && (
        <InspectorPart
          title="Answer"
          actions={<CopyButton label="Copy the answer" text={output ?? JSON.stringify(run.output, null, 2)} />}
        >
          <div className="text-sm">{output === null ? <JsonView value={run.output} /> : <Markdown text={output} />}</div>
        </InspectorPart>
      )}
      <InspectorPart title="Used">
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
      {(run.forked_from_run_id ?? run.retry_of_run_id ?? run.parent_run_id) !== null && (
        <InspectorPart title="Comes from">
          {run.forked_from_run_id !== null && <RunLink runId={run.forked_from_run_id} label="Forked from this run" />}
          {run.retry_of_run_id !== null && <RunLink runId={run.retry_of_run_id} label="A retry of this run" />}
          {run.parent_run_id !== null && <RunLink runId={run.parent_run_id} label="Part of this run" />}
        </InspectorPart>
      )}
    </div>
  );
}

function RunLink({ runId, label }: { readonly runId: string; readonly label: string }) {
  return (
    <Link to="/runs/$runId" params={{ runId }} className="block text-accent-text text-sm underline-offset-2 hover:underline">
      {label}
    </Link>
  );
}
