import { useQuery } from "@tanstack/react-query";
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
import { variableList } from "./variables-api";

export function SaveTemplateDialog({ agent, onClose }: { agent: Agent; onClose: () => void }) {
  const toast = useToast();
  const save = useSaveTemplate();
  const [name, setName] = useState(agent.name);
  const [description, setDescription] = useState(agent.description);
  const [isPublic, setIsPublic] = useState(false);
  const [publicValues, setPublicValues] = useState<string[]>([]);
  const variables = useQuery(variableList(agent.id));
  const withValue = (variables.data?.items ?? []).filter((each) => !each.is_secret && each.has_value);
  const nameError = isApiError(save.error) ? save.error.fieldMessage("name") : undefined;

  function onSubmit(event: FormEvent): void {
    event.preventDefault();
    save.mutate(
      { agent_id: agent.id, name, description, is_public: isPublic, public_values: isPublic ? publicValues : [] },
      {
        onSuccess: () => {
          toast.success(`Template ${name} saved.`);
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
      description="New agents start with these instructions, settings and variables. Secret values are not included; new agents ask for them."
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
          label="Publish to all organizations of this installation"
          checked={isPublic}
          onChange={(event) => setIsPublic(event.target.checked)}
        />
        {isPublic && (
          <div className="flex flex-col gap-2 rounded-md border border-line p-3">
            <p className="text-muted text-xs">
              The model and the values of variables are not included. New agents ask for the values that you do not select.
            </p>
            {withValue.map((each) => (
              <Checkbox
                key={each.id}
                label={`Publish the value of ${each.name}`}
                hint={each.value}
                checked={publicValues.includes(each.name)}
                onChange={(event) =>
                  setPublicValues((names) =>
                    event.target.checked ? [...names, each.name] : names.filter((name) => name !== each.name),
                  )
                }
              />
            ))}
          </div>
        )}
        {!nameError && <ErrorNotice error={save.error} />}
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" variant="primary" busy={save.isPending} disabled={name.trim() === ""}>
            Save template
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
