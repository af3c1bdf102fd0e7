import { Check } from "lucide-react";
import { type FormEvent, useState } from "react";
import type { Approval, JsonObject } from "@/api/types";
import { SchemaForm } from "@/components/schema-form";
import { Button } from "@/components/ui/button";
import { JsonView } from "@/components/ui/json-view";
import { ErrorNotice } from "@/components/ui/notice";
import { afterUnmount } from "@/lib/after-unmount";
import { initialTexts, readValues } from "@/lib/schema-fields";
import { useAnswer } from "./api";

interface Props {
  readonly approval: Approval;
  readonly form: JsonObject;
  readonly onDecided: ((approval: Approval) => void) | undefined;
}

/** The form of a workflow's question; what is entered is checked here by its kind, and by the server against the schema. */
export function QuestionForm({ approval, form, onDecided }: Props) {
  const answer = useAnswer(approval.id);
  const [texts, setTexts] = useState(() => initialTexts(form));
  const [errors, setErrors] = useState<Record<string, string>>({});

  function onSubmit(event: FormEvent): void {
    event.preventDefault();
    const read = readValues(form, texts);
    setErrors(read.errors);
    if (Object.keys(read.errors).length > 0) return;
    afterUnmount(answer.mutateAsync(read.values), (answered) => onDecided?.(answered));
  }
  return (
    <form className="grid gap-4" onSubmit={onSubmit} noValidate>
      {Object.keys(approval.arguments).length > 0 && (
        <div className="max-h-80 overflow-auto rounded-lg border border-line bg-sunken px-2 py-2">
          <JsonView value={approval.arguments} />
        </div>
      )}
      <SchemaForm schema={form} texts={texts} onChange={setTexts} errors={errors} />
      <ErrorNotice error={answer.error} />
      <div>
        <Button type="submit" variant="primary" icon={Check} busy={answer.isPending}>
          Send answer
        </Button>
      </div>
    </form>
  );
}
