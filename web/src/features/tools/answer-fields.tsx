import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { PairsField } from "./pairs-field";
import { hasBody, pairPlaces, type ToolForm, USUAL_MAX_CHARS } from "./tool-form";

interface Props {
  readonly form: ToolForm;
  readonly set: (change: Partial<ToolForm>) => void;
  readonly refused: (field: string) => string | undefined;
}

/** What becomes of the answer, and how a call that is sent again is known. Rarely needed: open when something is set. */
export function AnswerFields({ form, set, refused }: Props) {
  const problems = ["response.select", "response.max_chars", "idempotency_header"].map((name) =>
    refused(`configuration.${name}`),
  );
  const problemOf = (name: string) => pairPlaces("errors", name).map(refused).find(Boolean);
  const isSet = form.select !== "" || form.maxChars !== "" || form.errors.length > 0;
  const isRefused = problems.some(Boolean) || form.errors.some((pair) => problemOf(pair.name));
  return (
    <details open={isSet || isRefused || undefined} className="rounded-lg border border-line px-3 py-2">
      <summary className="cursor-pointer font-medium text-fg text-xs">What becomes of the answer</summary>
      <div className="mt-3 flex flex-col gap-3">
        <div className="flex gap-2 max-sm:flex-col">
          <Field
            label="Part of the answer"
            className="flex-1"
            hint="A JSON pointer such as /data/items. Left empty, all of it."
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
          <Field label="At most" className="w-40 shrink-0" hint="Characters the model is shown." error={problems[1]}>
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
          title="What the model is told of a refusal"
          hint="By status, such as 404 or 4xx; left out, the answer's own text."
          placeholder={["404", "There is no such order."]}
          pairs={form.errors}
          onChange={(errors) => set({ errors })}
          problemOf={(pair) => problemOf(pair.name)}
        />
        {hasBody(form.method) && (
          <Field
            label="Header with the key of a call"
            hint="The same when a call is sent again, so that the server can do it once. Left empty, none is sent."
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
