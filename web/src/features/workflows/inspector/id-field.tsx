import { useEffect, useState } from "react";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";

interface Props {
  readonly id: string;
  readonly problemOf: (next: string) => string | undefined;
  readonly onRename: (next: string) => void;
  readonly isReadOnly: boolean;
}

/** The id of a node; what cannot be one stays in the field, with the reason, until it can. */
export function IdField({ id, problemOf, onRename, isReadOnly }: Props) {
  const [text, setText] = useState(id);
  useEffect(() => setText(id), [id]);
  return (
    <Field label="Id" error={problemOf(text)} hint="Steps and edges refer to it.">
      {(control) => (
        <Input
          {...control}
          className="font-mono text-xs"
          readOnly={isReadOnly}
          spellCheck={false}
          value={text}
          onChange={(event) => {
            const next = event.target.value;
            setText(next);
            if (next !== id && problemOf(next) === undefined) onRename(next);
          }}
        />
      )}
    </Field>
  );
}
