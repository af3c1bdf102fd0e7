import { useMemo } from "react";
import { Field } from "@/components/ui/field";
import { Textarea } from "@/components/ui/input";
import { stringifyJson } from "@/lib/exact-json";
import type { Draft } from "./use-draft";

/** The same draft as JSON. What cannot be read changes nothing until it can. */
export function JsonView({ draft, isReadOnly }: { readonly draft: Draft; readonly isReadOnly: boolean }) {
  const { definition, typed } = draft;
  const text = useMemo(() => typed ?? stringifyJson(definition, 2), [definition, typed]);
  return (
    <Field
      label="Definition (JSON)"
      hideLabel
      className="h-full min-h-80"
      error={draft.problem}
      {...(draft.problem ? { hint: "The canvas shows the last definition that could be read." } : {})}
    >
      {(control) => (
        <Textarea
          {...control}
          readOnly={isReadOnly}
          spellCheck={false}
          className="min-h-80! flex-1 resize-none! font-mono text-xs"
          value={text}
          onChange={(event) => draft.setText(event.target.value)}
        />
      )}
    </Field>
  );
}
