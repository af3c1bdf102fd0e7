import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { CircleAlert, CircleCheck, TriangleAlert } from "lucide-react";
import { useDeferredValue, useMemo } from "react";
import type { JsonObject, WorkflowFinding } from "@/api/types";
import { Field } from "@/components/ui/field";
import { Textarea } from "@/components/ui/input";
import { readJsonObject } from "@/lib/read-json";
import { findingsQuery } from "./api";

const ROWS = 26;
const NONE: readonly WorkflowFinding[] = [];

interface Props {
  readonly text: string;
  readonly onChange: (text: string) => void;
  readonly isReadOnly?: boolean;
}

/** What a typed definition is and what is wrong with it. */
export function useDefinition(text: string): {
  definition: JsonObject | undefined;
  findings: readonly WorkflowFinding[];
  isValid: boolean;
} {
  const deferred = useDeferredValue(text);
  const read = useMemo(() => readJsonObject(deferred), [deferred]);
  const report = useQuery({
    ...findingsQuery(read.value ?? {}),
    enabled: read.value !== undefined,
    placeholderData: keepPreviousData,
  });
  return {
    definition: read.value,
    findings: read.value === undefined ? NONE : (report.data?.findings ?? NONE),
    isValid: read.value !== undefined && deferred === text && !report.isPlaceholderData && report.data?.is_valid === true,
  };
}

/** A definition as JSON, with the findings of the server below it. */
export function DefinitionEditor({ text, onChange, isReadOnly = false }: Props) {
  const read = useMemo(() => readJsonObject(text), [text]);
  const { findings, isValid } = useDefinition(text);
  return (
    <div className="flex flex-col gap-3">
      <Field label="Definition (JSON)" hideLabel error={read.problem}>
        {(control) => (
          <Textarea
            {...control}
            rows={ROWS}
            readOnly={isReadOnly}
            spellCheck={false}
            className="font-mono text-xs"
            value={text}
            onChange={(event) => onChange(event.target.value)}
          />
        )}
      </Field>
      {read.value !== undefined && <Findings findings={findings} isValid={isValid} />}
    </div>
  );
}

function Findings({ findings, isValid }: { readonly findings: readonly WorkflowFinding[]; readonly isValid: boolean }) {
  if (findings.length === 0)
    return isValid ? (
      <p className="flex items-center gap-2 text-muted text-xs">
        <CircleCheck aria-hidden className="size-3.5 text-success" /> No findings.
      </p>
    ) : null;
  return (
    <ul aria-label="Findings" className="flex flex-col gap-2">
      {findings.map((each) => (
        <li key={`${each.path} ${each.code} ${each.line} ${each.column}`} className="flex items-start gap-2 text-sm">
          {each.severity === "error" ? (
            <CircleAlert aria-label="Error" className="mt-0.5 size-4 shrink-0 text-danger" />
          ) : (
            <TriangleAlert aria-label="Warning" className="mt-0.5 size-4 shrink-0 text-warning" />
          )}
          <span className="min-w-0 break-words">
            {each.message} {each.suggestion}
            <span className="block font-mono text-muted text-xs">
              {each.path || "/"}
              {each.line !== null && ` · line ${each.line}, column ${each.column}`}
            </span>
          </span>
        </li>
      ))}
    </ul>
  );
}
