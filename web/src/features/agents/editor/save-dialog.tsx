import { type FormEvent, useState } from "react";
import type { AgentDefinition } from "@/api/types";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { ErrorNotice } from "@/components/ui/notice";
import { DefinitionDiff } from "../versions/definition-diff";

interface Props {
  before: AgentDefinition;
  after: AgentDefinition;
  version: number;
  isSaving: boolean;
  error: unknown;
  onSave: (note: string) => void;
  onClose: () => void;
}

/** Shows what saving changes, and asks why. */
export function SaveDialog({ before, after, version, isSaving, error, onSave, onClose }: Props) {
  const [note, setNote] = useState("");
  function onSubmit(event: FormEvent): void {
    event.preventDefault();
    onSave(note);
  }
  return (
    <Dialog
      open
      onOpenChange={onClose}
      title={`Save as version ${version}`}
      description="Runs that have already started keep their version."
    >
      <form onSubmit={onSubmit} className="flex flex-col gap-4">
        <DefinitionDiff before={before} after={after} />
        <Field label="Note" hint="Reason for the change, stored with the version.">
          {(control) => (
            <Input {...control} autoFocus value={note} maxLength={1000} onChange={(event) => setNote(event.target.value)} />
          )}
        </Field>
        <ErrorNotice error={error} />
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" variant="primary" busy={isSaving}>
            Save
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
