import type { Json } from "@/api/types";
import { Field } from "@/components/ui/field";
import { Textarea } from "@/components/ui/input";
import { isObject, textOf } from "../graph/document";

/** Whether an input is only what an agent or a team is asked. */
export function isPrompt(input: Json | undefined): boolean {
  if (input == null) return true;
  return isObject(input) && Object.keys(input).every((key) => key === "prompt") && typeof input.prompt === "string";
}

interface Props {
  readonly input: Json | undefined;
  readonly onChange: (input: Json) => void;
  readonly error: string | undefined;
  readonly isReadOnly: boolean;
}

/** What an agent or a team is asked. */
export function PromptField({ input, onChange, error, isReadOnly }: Props) {
  const prompt = isObject(input) ? textOf(input.prompt) : "";
  return (
    <Field label="Prompt" error={error} hint="Values are inserted with {{ … }}, such as {{ input['topic'] }}.">
      {(control) => (
        <Textarea
          {...control}
          rows={Math.max(3, Math.min(12, prompt.split("\n").length))}
          readOnly={isReadOnly}
          value={prompt}
          onChange={(event) => onChange({ prompt: event.target.value })}
        />
      )}
    </Field>
  );
}
