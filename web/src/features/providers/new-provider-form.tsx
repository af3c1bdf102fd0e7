import { type FormEvent, useState } from "react";
import { isApiError } from "@/api/problem";
import type { ProviderTest } from "@/api/types";
import { Button } from "@/components/ui/button";
import { ErrorNotice, Notice } from "@/components/ui/notice";
import { useCreateProvider, useTestValues } from "./api";
import type { KindFacts } from "./kinds";
import { ModelChoice } from "./model-choice";
import { ProviderFields } from "./provider-fields";
import { creationOf, draftOf } from "./provider-form";

interface Props {
  facts: KindFacts;
  onChoosing: (isChoosing: boolean) => void;
  onClose: () => void;
}

/** Tests a new provider, lets a person choose among the models it lists, and saves it. */
export function NewProviderForm({ facts, onChoosing, onClose }: Props) {
  const [draft, setDraft] = useState(() => draftOf(null, facts));
  const [listed, setListed] = useState<ProviderTest | null>(null);
  const test = useTestValues();
  const create = useCreateProvider();
  const body = creationOf(draft, facts.kind);
  const error = create.error ?? test.error;
  const failed = test.data && !test.data.ok ? test.data : null;

  function problemOf(field: string): string | undefined {
    if (failed?.error_field === field) return failed.error ?? "The test failed.";
    return isApiError(error) ? error.fieldMessage(field) : undefined;
  }

  function choose(result: ProviderTest | null): void {
    setListed(result);
    onChoosing(result !== null);
  }

  function save(extra: Partial<typeof body> & { save_untested?: boolean }): void {
    create.mutate({ ...body, ...extra }, { onSuccess: onClose, onError: () => choose(null) });
  }

  function onSubmit(event: FormEvent): void {
    event.preventDefault();
    create.reset();
    const model = body.default_model ?? body.models[0] ?? null;
    const values = { kind: body.kind, base_url: body.base_url, model };
    test.mutate(draft.api_key ? { ...values, api_key: draft.api_key } : values, {
      onSuccess: (result) => {
        if (!result.ok) return;
        if (result.models.length > 0 && body.models.length === 0) choose(result);
        else save({});
      },
    });
  }

  if (listed)
    return (
      <ModelChoice
        listed={listed}
        suggested={body.default_model}
        busy={create.isPending}
        onBack={() => choose(null)}
        onChosen={(models, default_model) => save({ models, default_model })}
      />
    );
  const hasFieldProblem = isApiError(error) && error.fields.length > 0;
  return (
    <form onSubmit={onSubmit} className="flex flex-col gap-4">
      <ProviderFields facts={facts} draft={draft} onChange={setDraft} problemOf={problemOf} hasStoredKey={false} />
      {failed && (
        <Notice tone="danger">
          The test failed, so the provider is not saved. An untested provider is never the default.
        </Notice>
      )}
      {!hasFieldProblem && <ErrorNotice error={error} />}
      <div className="sticky -bottom-5 -mx-5 -mb-5 flex flex-wrap justify-end gap-2 border-line border-t bg-raised px-5 py-3">
        {failed && (
          <Button
            variant="ghost"
            className="mr-auto"
            busy={create.isPending}
            onClick={() => save({ save_untested: true, is_default: false })}
          >
            Save without testing
          </Button>
        )}
        <Button onClick={onClose}>Cancel</Button>
        <Button
          type="submit"
          variant="primary"
          busy={test.isPending || create.isPending}
          disabled={draft.name.trim() === ""}
        >
          Add and test
        </Button>
      </div>
    </form>
  );
}
