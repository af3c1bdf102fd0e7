import { useQuery } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Field } from "@/components/ui/field";
import { Textarea } from "@/components/ui/input";
import { ErrorNotice } from "@/components/ui/notice";
import { Select } from "@/components/ui/select";
import { useResendKey } from "@/lib/resend-key";
import { agentNames, useStartRun } from "../api";
import { LabelFields } from "../labels/label-fields";
import { hasProblem, metadataOf, NO_LABELS } from "../labels/label-form";

interface Props {
  readonly agentId: string | undefined;
  readonly onClose: () => void;
  readonly onOpenRun: (runId: string) => void;
}

/** Start a run by hand: which agent, and what it is asked. */
export function NewRunDialog({ agentId, onClose, onOpenRun }: Props) {
  const agents = useQuery(agentNames());
  const start = useStartRun();
  const [chosen, setChosen] = useState(agentId);
  const [prompt, setPrompt] = useState("");
  const [form, setForm] = useState(NO_LABELS);
  const { keyFor } = useResendKey();
  const target = chosen ?? agents.data?.find((agent) => !agent.isInactive)?.id;

  const isReady = target !== undefined && prompt.trim() !== "" && !hasProblem(form);

  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!isReady) return;
    const labels = { tags: [...form.tags], metadata: metadataOf(form) };
    start.mutate(
      { agentId: target, prompt, labels, key: keyFor([target, prompt, labels]) },
      { onSuccess: (run) => onOpenRun(run.id) },
    );
  };
  return (
    <Dialog
      open
      onOpenChange={(isOpen) => !isOpen && onClose()}
      title="New run"
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button variant="primary" type="submit" form="new-run" busy={start.isPending} disabled={!isReady}>
            Start
          </Button>
        </>
      }
    >
      <form id="new-run" className="grid gap-3" onSubmit={submit}>
        <Field label="Agent">
          {(control) => (
            <Select {...control} value={target ?? ""} onChange={(event) => setChosen(event.target.value)}>
              {agents.data?.map((agent) => (
                <option key={agent.id} value={agent.id} disabled={agent.isInactive}>
                  {agent.isInactive ? `${agent.name} (inactive)` : agent.name}
                </option>
              ))}
            </Select>
          )}
        </Field>
        <Field label="Prompt" required>
          {(control) => (
            <Textarea
              {...control}
              autoFocus
              rows={6}
              value={prompt}
              placeholder="What should it do?"
              onChange={(event) => setPrompt(event.target.value)}
              onKeyDown={(event) => event.key === "Enter" && (event.metaKey || event.ctrlKey) && submit(event)}
            />
          )}
        </Field>
        <details className="rounded-md border border-line">
          <summary className="cursor-pointer px-3 py-1.5 font-medium text-fg text-xs">Tags and metadata</summary>
          <div className="border-line border-t p-3">
            <LabelFields form={form} onChange={setForm} />
          </div>
        </details>
        <ErrorNotice error={start.error} />
      </form>
    </Dialog>
  );
}
