import { useQuery } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { isApiError } from "@/api/problem";
import { useCan } from "@/api/session";
import type { RetentionPreview, RetentionRule } from "@/api/types";
import { Button } from "@/components/ui/button";
import { Section } from "@/components/ui/card";
import { ErrorNotice } from "@/components/ui/notice";
import { NumberField } from "@/components/ui/number-field";
import { Loaded } from "@/components/ui/page-states";
import { useToast } from "@/components/ui/toast";
import { retentionQuery, usePreviewRetention, useSetRetention } from "./api";
import { choiceOf, type Draft, draftOf, followed, KINDS } from "./kinds";
import { PreviewDialog } from "./preview-dialog";

/** How long the organization keeps each kind of record; what a change would delete is shown before it is saved. */
export function RetentionPage() {
  const retention = useQuery(retentionQuery);
  return (
    <Loaded query={retention}>
      {(data) => <Rules key={data.rules.map(({ days }) => days).join()} rules={data.rules} />}
    </Loaded>
  );
}

function Rules({ rules }: { rules: readonly RetentionRule[] }) {
  const canWrite = useCan()("organization:write");
  const toast = useToast();
  const preview = usePreviewRetention();
  const save = useSetRetention();
  const [draft, setDraft] = useState<Draft>(() => draftOf(rules));
  const [shown, setShown] = useState<RetentionPreview | null>(null);
  const problemOf = (name: string) => (isApiError(preview.error) ? preview.error.fieldMessage(name) : undefined);
  const isChanged = rules.some(({ kind, days }) => draft[kind] !== days);

  function onSubmit(event: FormEvent): void {
    event.preventDefault();
    preview.mutate(choiceOf(draft), { onSuccess: setShown });
  }

  function onSave(): void {
    // Handled by the promise: the form of the saved settings replaces this form and its callbacks.
    void save.mutateAsync(choiceOf(draft)).then(
      () => {
        setShown(null);
        toast.success("Saved.");
      },
      () => undefined,
    );
  }

  return (
    <Section
      title="Retention"
      description="What is older is deleted every hour and cannot be restored. Leave a field blank for the default."
    >
      <form onSubmit={onSubmit} className="flex flex-col gap-4">
        <div className="grid gap-4 sm:grid-cols-2">
          {rules.map((rule) => (
            <NumberField
              key={rule.kind}
              label={KINDS[rule.kind].label}
              hint={KINDS[rule.kind].hint}
              unit="days"
              value={draft[rule.kind] ?? null}
              placeholder={followed(rule, draft)}
              disabled={!canWrite}
              error={problemOf(rule.kind)}
              onChange={(days) => setDraft({ ...draft, [rule.kind]: days })}
            />
          ))}
        </div>
        {!rules.some(({ kind }) => problemOf(kind)) && <ErrorNotice error={preview.error} />}
        {canWrite ? (
          <div>
            <Button type="submit" variant="primary" busy={preview.isPending} disabled={!isChanged}>
              Preview changes
            </Button>
          </div>
        ) : (
          <p className="text-muted text-xs">Owners and admins can change this.</p>
        )}
      </form>
      {shown && (
        <PreviewDialog
          preview={shown}
          busy={save.isPending}
          error={save.error}
          onClose={() => setShown(null)}
          onConfirm={onSave}
        />
      )}
    </Section>
  );
}
