import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { PairsField } from "./pairs-field";
import { hasBody, pairPlaces, type ToolForm, USUAL_MAX_CHARS } from "./tool-form";

interface Props {
  readonly form: ToolForm;
  readonly set: (change: Partial<ToolForm>) => void;
  readonly refused: (field: string) => string | undefined;
}

/** Response handling, and how a call that is sent again is known. Rarely needed: open when something is set. */
export function AnswerFields({ form, set, refused }: Props) {
  const problems = ["response.select", "response.max_chars", "idempotency_header"].map((name) =>
    refused(`configuration.${name}`),
  );
  const problemOf = (name: string) => pairPlaces("errors", name).map(refused).find(Boolean);
  const isSet = form.select !== "" || form.maxChars !== "" || form.errors.length > 0;
  const isRefused = problems.some(Boolean) || form.errors.some((pair) => problemOf(pair.name));
  return (
    <details open={isSet || isRefused || undefined} className="rounded-lg border border-line px-3 py-2">
      <summary className="cursor-pointer font-medium text-fg text-xs">Response handling</summary>
      <div className="mt-3 flex flex-col gap-3">
        <div className="flex gap-2 max-sm:flex-col">
          <Field
            label="Extract (JSON pointer)"
            className="flex-1"
            hint="For example /data/items. Leave blank for the whole response."
            error={problems[0]}
          >
            {(control) => (
              <Input
                {...control}
                className="font-mono text-xs"
                spellCheck={false}
                value={form.select}
                onChange={(event) => set({ select: event.target.value })}
              />
            )}
          </Field>
          <Field
            label="Maximum characters"
            className="w-40 shrink-0"
            hint="Longer responses are shortened for the model."
            error={problems[1]}
          >
            {(control) => (
              <Input
                {...control}
                inputMode="numeric"
                placeholder={String(USUAL_MAX_CHARS)}
                value={form.maxChars}
                onChange={(event) => set({ maxChars: event.target.value })}
              />
            )}
          </Field>
        </div>
        <PairsField
          noun="Status"
          title="Error messages for the model"
          hint="By status, for example 404 or 4xx. Without one the model receives the response text."
          placeholder={["404", "There is no such order."]}
          pairs={form.errors}
          onChange={(errors) => set({ errors })}
          problemOf={(pair) => problemOf(pair.name)}
        />
        {hasBody(form.method) && (
          <Field
            label="Idempotency header"
            hint="Repeated calls send the same value, so that the server can detect them. Leave blank to send none."
            error={problems[2]}
          >
            {(control) => (
              <Input
                {...control}
                className="font-mono text-xs"
                spellCheck={false}
                value={form.idempotencyHeader}
                onChange={(event) => set({ idempotencyHeader: event.target.value })}
              />
            )}
          </Field>
        )}
      </div>
    </details>
  );
}
