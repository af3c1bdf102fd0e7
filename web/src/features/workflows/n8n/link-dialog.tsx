import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import type { Workflow } from "@/api/types";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Field } from "@/components/ui/field";
import { ErrorNotice } from "@/components/ui/notice";
import { Select } from "@/components/ui/select";
import { useToast } from "@/components/ui/toast";
import { choicesQuery, useLinkWorkflow } from "./api";

interface Props {
  readonly workflow: Workflow;
  readonly onClose: () => void;
}

/** Chooses the workflow of n8n that carries this one out. */
export function LinkDialog({ workflow, onClose }: Props) {
  const choices = useQuery(choicesQuery);
  const link = useLinkWorkflow(workflow.id);
  const toast = useToast();
  const [chosen, setChosen] = useState("");
  const free = (choices.data ?? []).filter((each) => each.workflow_id === null && !each.is_archived);
  function onLink(): void {
    void link.mutateAsync(chosen).then(
      () => toast.success("n8n carries out this workflow."),
      () => undefined,
    );
  }
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      size="sm"
      title="Link to n8n"
      description="n8n then carries out the runs of this workflow. Its own definition is kept for when you remove the link."
      footer={
        <Button variant="primary" disabled={!chosen} busy={link.isPending} onClick={onLink}>
          Link to n8n
        </Button>
      }
    >
      <div className="flex flex-col gap-3">
        <Field label="Workflow in n8n" hint="It needs a Webhook trigger with the method POST.">
          {(control) => (
            <Select {...control} className="w-full" value={chosen} onChange={(event) => setChosen(event.target.value)}>
              <option value="">{choices.isPending ? "Loading…" : "Choose a workflow"}</option>
              {free.map((each) => (
                <option key={each.id} value={each.id}>
                  {each.name}
                </option>
              ))}
            </Select>
          )}
        </Field>
        <ErrorNotice error={choices.error ?? link.error} />
        {choices.error && (
          <Link to="/settings/n8n" className="text-accent-text text-sm hover:underline">
            Open the settings of n8n
          </Link>
        )}
      </div>
    </Dialog>
  );
}
