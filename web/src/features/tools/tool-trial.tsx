import { Play } from "lucide-react";
import { useState } from "react";
import type { Tool } from "@/api/types";
import { Button } from "@/components/ui/button";
import { CodeBlock, JsonBlock } from "@/components/ui/code-block";
import { ErrorState } from "@/components/ui/error-state";
import { Field } from "@/components/ui/field";
import { Textarea } from "@/components/ui/input";
import { StatusBadge } from "@/components/ui/status-badge";
import { stringifyJson } from "@/lib/exact-json";
import { duration } from "@/lib/format";
import { readJsonObject } from "@/lib/read-json";
import { exampleOf, useTestTool } from "./api";

/** A real call of the tool with your arguments, and its result. */
export function ToolTrial({ tool }: { readonly tool: Tool }) {
  const [text, setText] = useState(() => stringifyJson(exampleOf(tool.parameters_schema), 2));
  const trial = useTestTool(tool.id);
  const read = readJsonObject(text);
  const result = trial.data;
  return (
    <section aria-label="Test" className="flex flex-col gap-2 rounded-lg border border-line p-3">
      <h3 className="font-medium text-sm">Test</h3>
      <Field label="Arguments" error={read.problem} hint="Sends a real request.">
        {(control) => (
          <Textarea
            {...control}
            rows={Math.min(10, text.split("\n").length + 1)}
            className="font-mono text-xs"
            spellCheck={false}
            value={text}
            onChange={(event) => setText(event.target.value)}
          />
        )}
      </Field>
      <Button
        variant="primary"
        icon={Play}
        className="self-start"
        busy={trial.isPending}
        disabled={read.value === undefined}
        onClick={() => read.value && trial.mutate(read.value)}
      >
        Send test call
      </Button>
      {trial.isError && <ErrorState error={trial.error} />}
      {result && (
        <div aria-live="polite" className="flex flex-col gap-2">
          <p className="flex items-center gap-2 text-sm">
            <StatusBadge status={result.ok ? "succeeded" : "failed"} />
            <span className="text-muted tabular-nums">{duration(result.duration_ms)}</span>
          </p>
          {result.error !== null && <p className="text-danger text-sm">{result.error}</p>}
          {result.output !== null &&
            (typeof result.output === "string" ? (
              <CodeBlock text={result.output} label="Response" wrap />
            ) : (
              <JsonBlock value={result.output} label="Response" />
            ))}
        </div>
      )}
    </section>
  );
}
