import { useState } from "react";
import type { JsonObject } from "@/api/types";
import { Button } from "@/components/ui/button";
import { Section } from "@/components/ui/card";
import { Field } from "@/components/ui/field";
import { Textarea } from "@/components/ui/input";
import { parseJson, stringifyJson } from "@/lib/exact-json";
import type { SectionProps } from "./section-props";

const EXAMPLE = {
  type: "object",
  properties: {
    summary: { type: "string", description: "The answer in one sentence." },
    score: { type: "integer", minimum: 0, maximum: 10 },
    sources: { type: "array", items: { type: "string" } },
  },
  required: ["summary", "score", "sources"],
  additionalProperties: false,
};

/** The JSON Schema of the final answer, written as text; the draft takes it whenever the text is a JSON object. */
export function OutputSection({ draft, isReadOnly, problemOf }: SectionProps) {
  const { config } = draft.definition;
  const saved = textOf(config.output_schema);
  const [written, setWritten] = useState<string | null>(null);
  const text = written !== null && isSame(written, config.output_schema) ? written : saved;
  const [invalid, setInvalid] = useState<string | null>(null);
  const change = (next: string) => {
    const schema = read(next);
    setInvalid(schema === undefined ? next : null);
    if (schema === undefined) return;
    setWritten(next);
    draft.set({ config: { ...config, output_schema: schema } });
  };
  const problem = invalid === null ? problemOf("config.output_schema") : "Not a JSON object yet; the schema is unchanged.";
  return (
    <Section
      id="output"
      title="Output"
      description="With a schema, each run returns one JSON object that fits it instead of text."
    >
      <Field label="Output schema (JSON Schema)" error={problem} hint="Leave blank for text.">
        {(control) => (
          <Textarea
            {...control}
            rows={text === "" && invalid === null ? 3 : 12}
            spellCheck={false}
            className="font-mono text-xs"
            value={invalid ?? text}
            disabled={isReadOnly}
            onChange={(event) => change(event.target.value)}
          />
        )}
      </Field>
      {!isReadOnly && text === "" && invalid === null && (
        <Button size="sm" className="mt-2" onClick={() => change(stringifyJson(EXAMPLE, 2))}>
          Insert example
        </Button>
      )}
    </Section>
  );
}

function textOf(schema: JsonObject | null): string {
  return schema === null ? "" : stringifyJson(schema, 2);
}

/** The schema that a text stands for: null for a blank one, undefined for what is not a JSON object. */
function read(text: string): JsonObject | null | undefined {
  if (text.trim() === "") return null;
  try {
    const value: unknown = parseJson(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as JsonObject) : undefined;
  } catch {
    return undefined;
  }
}

function isSame(text: string, schema: JsonObject | null): boolean {
  return stringifyJson(read(text)) === stringifyJson(schema);
}
