import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { Json, Step, StepRequest } from "@/api/types";
import { Button } from "@/components/ui/button";
import { CopyButton } from "@/components/ui/copy-button";
import { JsonView } from "@/components/ui/json-view";
import { KeyValueList } from "@/components/ui/key-value";
import { Notice } from "@/components/ui/notice";
import { Loaded } from "@/components/ui/page-states";
import { stringifyJson } from "@/lib/exact-json";
import { count, duration } from "@/lib/format";
import { stepRequest } from "../api";
import { InspectorPart } from "./inspector-part";
import { isObject } from "./json-text";
import { MessageBox } from "./message-box";

const FIRST = 60;

/** All that a model was sent: model and parameters, tools, and every message from the instructions on. */
export function RequestPane({ runId, step }: { readonly runId: string; readonly step: Step }) {
  if (step.status === "running") {
    return <p className="p-4 text-muted text-sm">The request is recorded when the step ends.</p>;
  }
  return <RecordedRequest key={step.id} runId={runId} stepId={step.id} />;
}

function RecordedRequest({ runId, stepId }: { readonly runId: string; readonly stepId: string }) {
  const request = useQuery(stepRequest(runId, stepId));
  return <Loaded query={request}>{(sent) => <Request sent={sent} />}</Loaded>;
}

function Request({ sent }: { readonly sent: StepRequest }) {
  const [isWhole, setWhole] = useState(false);
  const shown = isWhole ? sent.messages : sent.messages.slice(0, FIRST);
  return (
    <>
      {!sent.is_complete && (
        <div className="border-line border-b p-3">
          <Notice tone="warning">
            An older version recorded this step. The first messages and those of earlier steps are missing.
          </Notice>
        </div>
      )}
      <InspectorPart title="Model" actions={<CopyButton label="Copy the request as JSON" text={stringifyJson(sent, 2)} />}>
        <KeyValueList rows={[["Model", sent.model], ["Provider", sent.provider_kind], ...parameterRows(sent)]} />
      </InspectorPart>
      <InspectorPart title={`Tools · ${count(sent.tools.length)}`}>
        {sent.tools.length === 0 && <p className="text-muted text-sm">No tools were offered.</p>}
        <ul className="grid gap-1">
          {sent.tools.map((tool) => (
            <li key={tool.name}>
              <details className="rounded-md border border-line">
                <summary className="cursor-pointer px-3 py-1.5 text-sm">
                  <span className="font-medium">{tool.name}</span>{" "}
                  <span className="text-muted text-xs">{firstLine(tool.description)}</span>
                </summary>
                <div className="border-line border-t px-3 py-2">
                  <p className="mb-2 whitespace-pre-wrap break-words text-muted text-sm">{tool.description}</p>
                  <JsonView value={tool.parameters} open={1} />
                </div>
              </details>
            </li>
          ))}
        </ul>
      </InspectorPart>
      <InspectorPart
        title={`Messages · ${count(sent.messages.length)}`}
        actions={<CopyButton label="Copy the messages as JSON" text={stringifyJson(sent.messages, 2)} />}
      >
        <ol className="grid gap-2" aria-label="Messages sent">
          {shown.filter(isObject).map((message, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a message is its place
            <li key={index} className="min-w-0">
              <MessageBox message={message} />
            </li>
          ))}
        </ol>
        {shown.length < sent.messages.length && (
          <Button size="sm" className="mt-2" onClick={() => setWhole(true)}>
            Show {count(sent.messages.length - shown.length)} more messages
          </Button>
        )}
      </InspectorPart>
    </>
  );
}

const LABELS: Record<string, string> = {
  temperature: "Temperature",
  top_p: "Top P",
  max_output_tokens: "Maximum output tokens",
  seed: "Seed",
  stop: "Stop sequences",
};

function parameterRows(sent: StepRequest): [string, string][] {
  const given = Object.entries(sent.parameters).filter(([name, value]) => value !== null && name !== "script");
  return [
    ...given.map(([name, value]): [string, string] => [LABELS[name] ?? name, asText(value as Json)]),
    ["Time-out", duration(sent.timeout_seconds * 1000)],
  ];
}

function asText(value: Json): string {
  return typeof value === "string" ? value : stringifyJson(value);
}

function firstLine(text: string): string {
  const line = text.split("\n", 1)[0] ?? "";
  return line.length > 90 ? `${line.slice(0, 90)}…` : line;
}
