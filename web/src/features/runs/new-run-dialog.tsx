import { useQuery } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Field } from "@/components/ui/field";
import { Textarea } from "@/components/ui/input";
import { ErrorNotice } from "@/components/ui/notice";
import { Select } from "@/components/ui/select";
import { useResendKey } from "@/lib/resend-key";
import { agentNames, useStartRun } from "./api";

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
  const { keyFor } = useResendKey();
  const target = chosen ?? agents.data?.find((agent) => !agent.isInactive)?.id;

  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (target === undefined || prompt.trim() === "") return;
    start.mutate({ agentId: target, prompt, key: keyFor([target, prompt]) }, { onSuccess: (run) => onOpenRun(run.id) });
  };
  return (
    <Dialog
      open
      onOpenChange={(isOpen) => !isOpen && onClose()}
      title="New run"
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            variant="primary"
            type="submit"
            form="new-run"
            busy={start.isPending}
            disabled={target === undefined || prompt.trim() === ""}
          >
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
        <ErrorNotice error={start.error} />
      </form>
    </Dialog>
  );
}
