import { type FormEvent, useState } from "react";
import { isApiError } from "@/api/problem";
import type { Agent } from "@/api/types";
import { Button } from "@/components/ui/button";
import { Checkbox } from "@/components/ui/checkbox";
import { Dialog } from "@/components/ui/dialog";
import { Field } from "@/components/ui/field";
import { Input, Textarea } from "@/components/ui/input";
import { ErrorNotice } from "@/components/ui/notice";
import { useToast } from "@/components/ui/toast";
import { useSaveTemplate } from "./api";

export function SaveTemplateDialog({ agent, onClose }: { agent: Agent; onClose: () => void }) {
  const toast = useToast();
  const save = useSaveTemplate();
  const [name, setName] = useState(agent.name);
  const [description, setDescription] = useState(agent.description);
  const [isPublic, setIsPublic] = useState(false);
  const nameError = isApiError(save.error) ? save.error.fieldMessage("name") : undefined;

  function onSubmit(event: FormEvent): void {
    event.preventDefault();
    save.mutate(
      { agent_id: agent.id, name, description, is_public: isPublic },
      {
        onSuccess: () => {
          toast.success(`${name} is among the templates now.`);
          onClose();
        },
      },
    );
  }

  return (
    <Dialog
      open
      onOpenChange={onClose}
      size="sm"
      title="Save as template"
      description="Instructions, settings and variables become the beginning of new agents. Secret values are left out; whoever uses it is asked for them."
    >
      <form onSubmit={onSubmit} className="flex flex-col gap-4">
        <Field label="Name" required error={nameError}>
          {(control) => (
            <Input {...control} value={name} maxLength={200} onChange={(event) => setName(event.target.value)} />
          )}
        </Field>
        <Field label="Description">
          {(control) => (
            <Textarea {...control} value={description} onChange={(event) => setDescription(event.target.value)} />
          )}
        </Field>
        <Checkbox
          label="For every organization of this installation"
          checked={isPublic}
          onChange={(event) => setIsPublic(event.target.checked)}
        />
        {!nameError && <ErrorNotice error={save.error} />}
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" variant="primary" busy={save.isPending} disabled={name.trim() === ""}>
            Save the template
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
