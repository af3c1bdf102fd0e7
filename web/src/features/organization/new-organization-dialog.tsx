import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { api, unwrap } from "@/api/client";
import { isApiError } from "@/api/problem";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { ErrorNotice } from "@/components/ui/notice";

interface Props {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  onCreated: (organizationId: string) => void;
}

export function NewOrganizationDialog({ open, onOpenChange, onCreated }: Props) {
  const [name, setName] = useState("");
  const create = useMutation({
    mutationFn: () => unwrap(api.POST("/api/v1/organizations", { body: { name } })),
    onSuccess: (organization) => {
      onOpenChange(false);
      setName("");
      onCreated(organization.id);
    },
  });

  function onSubmit(event: FormEvent): void {
    event.preventDefault();
    create.mutate();
  }

  const nameError = isApiError(create.error) ? create.error.fieldMessage("name") : undefined;
  return (
    <Dialog
      open={open}
      onOpenChange={onOpenChange}
      size="sm"
      title="New organization"
      description="Only members can see an organization's agents, runs and members."
    >
      <form onSubmit={onSubmit} className="flex flex-col gap-4">
        <Field label="Name" required error={nameError}>
          {(control) => (
            <Input
              {...control}
              value={name}
              onChange={(event) => setName(event.target.value)}
              maxLength={200}
              autoComplete="organization"
            />
          )}
        </Field>
        {!nameError && <ErrorNotice error={create.error} />}
        <div className="flex justify-end gap-2">
          <Button onClick={() => onOpenChange(false)}>Cancel</Button>
          <Button type="submit" variant="primary" busy={create.isPending} disabled={name.trim() === ""}>
            Create
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
