import { type FormEvent, useState } from "react";
import { isApiError } from "@/api/problem";
import type { Run } from "@/api/types";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { ErrorNotice } from "@/components/ui/notice";
import { useUpdateLabels } from "../api";
import { LabelFields } from "./label-fields";
import { formOf, hasProblem, metadataOf } from "./label-form";

interface Props {
  readonly run: Run;
  readonly onClose: () => void;
}

/** Changes the tags and the metadata of a run, whatever its status. */
export function LabelsDialog({ run, onClose }: Props) {
  const update = useUpdateLabels(run.id);
  const [form, setForm] = useState(() => formOf(run.tags, run.metadata));
  const tagsError = isApiError(update.error)
    ? update.error.fields.find(({ field }) => field.startsWith("tags"))?.message
    : undefined;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    update.mutate({ tags: [...form.tags], metadata: metadataOf(form) }, { onSuccess: onClose });
  };
  return (
    <Dialog
      open
      onOpenChange={onClose}
      title="Edit tags and metadata"
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" form="labels" variant="primary" busy={update.isPending} disabled={hasProblem(form)}>
            Save
          </Button>
        </>
      }
    >
      <form id="labels" onSubmit={submit} className="grid gap-4">
        <LabelFields form={form} onChange={setForm} tagsError={tagsError} />
        {tagsError === undefined && <ErrorNotice error={update.error} />}
      </form>
    </Dialog>
  );
}
