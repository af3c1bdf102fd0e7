import { type FormEvent, useState } from "react";
import type { Schedule } from "@/api/types";
import { Button } from "@/components/ui/button";
import { Page } from "@/components/ui/page";
import { useCreateSchedule } from "./api";
import { bodyOf, newDraft, type ScheduleDraft } from "./schedule-draft";
import { isFilled, ScheduleForm } from "./schedule-form";

export function NewSchedulePage({ onCreated }: { onCreated: (schedule: Schedule) => void }) {
  const create = useCreateSchedule();
  const [draft, setDraft] = useState<ScheduleDraft>(() =>
    newDraft(Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC"),
  );
  function onSubmit(event: FormEvent): void {
    event.preventDefault();
    if (isFilled(draft)) create.mutate(bodyOf(draft), { onSuccess: onCreated });
  }
  return (
    <Page title="New schedule" description="Start runs of an agent, a team or a workflow at given times." width="wide">
      <form onSubmit={onSubmit}>
        <ScheduleForm
          draft={draft}
          onChange={(change) => setDraft((before) => ({ ...before, ...change }))}
          error={create.error}
        >
          <Button type="submit" variant="primary" busy={create.isPending} disabled={!isFilled(draft)}>
            Create schedule
          </Button>
        </ScheduleForm>
      </form>
    </Page>
  );
}
