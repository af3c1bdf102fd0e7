import { type FormEvent, useState } from "react";
import { isApiError } from "@/api/problem";
import type { ModelProvider } from "@/api/types";
import { Button } from "@/components/ui/button";
import { ErrorNotice, Notice } from "@/components/ui/notice";
import { useUpdateProvider } from "./api";
import type { KindFacts } from "./kinds";
import { ProviderFields } from "./provider-fields";
import { changesOf, draftOf } from "./provider-form";

/** Changes a stored provider. The server tests a changed URL or key before it saves it. */
export function ProviderChangeForm({
  provider,
  facts,
  onClose,
}: {
  provider: ModelProvider;
  facts: KindFacts;
  onClose: () => void;
}) {
  const [draft, setDraft] = useState(() => draftOf(provider, facts));
  const { mutate, isPending, error } = useUpdateProvider(provider.id);
  const problemOf = (field: string) => (isApiError(error) ? error.fieldMessage(field) : undefined);
  const hasFailedTest = isApiError(error) && error.code === "provider_test_failed";
  const hasFieldProblem = isApiError(error) && error.fields.some((each) => each.field in draft);

  function save(extra: { save_untested?: boolean }): void {
    mutate({ ...changesOf(draft, provider), ...extra }, { onSuccess: onClose });
  }

  function onSubmit(event: FormEvent): void {
    event.preventDefault();
    save({});
  }

  return (
    <form onSubmit={onSubmit} className="flex flex-col gap-4">
      <ProviderFields
        facts={facts}
        draft={draft}
        onChange={setDraft}
        problemOf={problemOf}
        hasStoredKey={provider.has_api_key}
      />
      {hasFailedTest && <Notice tone="danger">The test of the new values failed, so they are not saved.</Notice>}
      {!hasFieldProblem && <ErrorNotice error={error} />}
      <div className="sticky -bottom-5 -mx-5 -mb-5 flex flex-wrap justify-end gap-2 border-line border-t bg-raised px-5 py-3">
        {hasFailedTest && (
          <Button variant="ghost" className="mr-auto" onClick={() => save({ save_untested: true })}>
            Save without testing
          </Button>
        )}
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" variant="primary" busy={isPending} disabled={draft.name.trim() === ""}>
          Save
        </Button>
      </div>
    </form>
  );
}
