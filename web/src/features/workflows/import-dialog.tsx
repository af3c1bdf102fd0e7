import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { ImportedGraph, JsonObject, Workflow } from "@/api/types";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Field } from "@/components/ui/field";
import { Input, Textarea } from "@/components/ui/input";
import { ErrorNotice } from "@/components/ui/notice";
import { Select } from "@/components/ui/select";
import { parseJson } from "@/lib/exact-json";
import { installedGraphsQuery, useCreateWorkflow, useImportGraph } from "./api";

interface Props {
  readonly onCreated: (workflow: Workflow) => void;
  readonly onClose: () => void;
}

/** Makes a workflow of a LangGraph graph: of one that LangGraph has drawn as JSON, or of one that the operator installed. */
export function ImportDialog({ onCreated, onClose }: Props) {
  const [read, setRead] = useState<ImportedGraph | null>(null);
  return read === null ? (
    <ReadGraph onRead={setRead} onClose={onClose} />
  ) : (
    <Unmapped graph={read} onCreated={onCreated} onBack={() => setRead(null)} onClose={onClose} />
  );
}

function ReadGraph({ onRead, onClose }: { readonly onRead: (graph: ImportedGraph) => void; readonly onClose: () => void }) {
  const read = useImportGraph();
  const installed = useQuery(installedGraphsQuery);
  const [name, setName] = useState("");
  const [chosen, setChosen] = useState("");
  const [text, setText] = useState("");
  const [problem, setProblem] = useState<string>();

  function submit(): void {
    const named = name.trim() === "" ? chosen || "Imported graph" : name.trim();
    const graph = chosen === "" ? objectOf(text) : undefined;
    if (chosen === "" && graph === undefined) {
      setProblem("This is not a JSON object.");
      return;
    }
    read.mutate(chosen === "" ? { name: named, graph } : { name: named, function: chosen }, { onSuccess: onRead });
  }

  return (
    <Dialog
      open
      onOpenChange={(isOpen) => !isOpen && onClose()}
      title="Import a LangGraph graph"
      description="Its nodes, joins and cycles become a workflow. JSON contains no code: the parts that you fill in are listed."
      size="lg"
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button variant="primary" busy={read.isPending} onClick={submit}>
            Read graph
          </Button>
        </>
      }
    >
      <div className="grid gap-4">
        <ErrorNotice error={read.error} />
        <Field label="Name">
          {(control) => (
            <Input
              {...control}
              placeholder={chosen || "Imported graph"}
              value={name}
              onChange={(event) => setName(event.target.value)}
            />
          )}
        </Field>
        {(installed.data ?? []).length > 0 && (
          <Field label="Graph" hint="An installed graph runs as it is, as one node.">
            {(control) => (
              <Select {...control} value={chosen} onChange={(event) => setChosen(event.target.value)}>
                <option value="">From JSON</option>
                {installed.data?.map((each) => (
                  <option key={each.name} value={each.name} disabled={each.error !== null}>
                    {each.error === null ? each.name : `${each.name} (cannot be loaded)`}
                  </option>
                ))}
              </Select>
            )}
          </Field>
        )}
        {chosen === "" && (
          <Field label="JSON" error={problem} hint="json.dumps(graph.get_graph().to_json()) of a compiled graph.">
            {(control) => (
              <Textarea
                {...control}
                rows={12}
                spellCheck={false}
                className="font-mono text-xs"
                value={text}
                onChange={(event) => {
                  setText(event.target.value);
                  setProblem(undefined);
                }}
              />
            )}
          </Field>
        )}
      </div>
    </Dialog>
  );
}

function objectOf(text: string): JsonObject | undefined {
  try {
    const read: unknown = parseJson(text);
    return typeof read === "object" && read !== null && !Array.isArray(read) ? (read as JsonObject) : undefined;
  } catch {
    return undefined;
  }
}

interface UnmappedProps extends Props {
  readonly graph: ImportedGraph;
  readonly onBack: () => void;
}

function Unmapped({ graph, onCreated, onBack, onClose }: UnmappedProps) {
  const create = useCreateWorkflow();
  return (
    <Dialog
      open
      onOpenChange={(isOpen) => !isOpen && onClose()}
      title="Import a LangGraph graph"
      description={
        graph.unmapped.length === 0
          ? "Everything in the graph was carried over."
          : "This was not carried over. You can fill it in after the workflow is created."
      }
      size="lg"
      footer={
        <>
          <Button onClick={onBack}>Back</Button>
          <Button
            variant="primary"
            busy={create.isPending}
            onClick={() => create.mutate(graph.definition as JsonObject, { onSuccess: onCreated })}
          >
            Create workflow
          </Button>
        </>
      }
    >
      <div className="grid gap-3">
        <ErrorNotice error={create.error} />
        {graph.unmapped.length > 0 && (
          <ul aria-label="Not carried over" className="grid max-h-96 gap-1.5 overflow-auto text-sm">
            {graph.unmapped.map((each) => (
              <li key={`${each.path}: ${each.message}`}>
                <code className="text-xs">{each.path}</code>: {each.message}
              </li>
            ))}
          </ul>
        )}
      </div>
    </Dialog>
  );
}
