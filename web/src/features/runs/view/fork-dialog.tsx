import { useState } from "react";
import type { ForkRequest, Run, Step } from "@/api/types";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Field } from "@/components/ui/field";
import { Textarea } from "@/components/ui/input";
import { ErrorNotice } from "@/components/ui/notice";
import { stringifyJson } from "@/lib/exact-json";
import { readJsonObject } from "@/lib/read-json";
import { useFork } from "../api";
import { isFirstStep } from "../steps/step-tree-rows";

interface Props {
  readonly run: Run;
  readonly step: Step;
  readonly steps: readonly Step[];
  readonly onClose: () => void;
  readonly onOpenRun: (runId: string) => void;
}

/** A new run that shares everything before a step and goes its own way from there. */
export function ForkDialog({ run, step, steps, onClose, onOpenRun }: Props) {
  const fork = useFork(run.id);
  // What came before the step was made for the input that the run had: only a fork from the beginning may have another.
  const mayChange = isFirstStep(step, steps);
  const hasPrompt = typeof run.input.prompt === "string";
  const before = hasPrompt ? String(run.input.prompt) : stringifyJson(run.input, 2);
  const [text, setText] = useState(before);
  const read = hasPrompt ? { value: { ...run.input, prompt: text }, problem: undefined } : readJsonObject(text);

  const submit = () => {
    if (!read.value) return;
    // Whether a typed document is a good input is the server's to say.
    const input = text === before ? {} : { input: read.value as ForkRequest["input"] & object };
    fork.mutate({ step_id: step.id, ...input }, { onSuccess: (next) => onOpenRun(next.id) });
  };
  return (
    <Dialog
      open
      onOpenChange={(isOpen) => !isOpen && onClose()}
      title={`Fork from ${step.step_name}`}
      description="A new run copies all steps before this one and continues from here. The original run is not changed."
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button variant="primary" busy={fork.isPending} disabled={!read.value} onClick={submit}>
            Fork
          </Button>
        </>
      }
    >
      <div className="grid gap-3">
        <Field
          label={hasPrompt ? "Prompt" : "Input (JSON)"}
          hint={
            mayChange
              ? "Leave it unchanged to repeat the run from this step."
              : "The earlier steps belong to this input. To change it, fork from the first step."
          }
          error={read.problem}
        >
          {(control) => (
            <Textarea
              {...control}
              rows={8}
              className={hasPrompt ? "" : "font-mono text-xs"}
              readOnly={!mayChange}
              value={text}
              onChange={(event) => setText(event.target.value)}
            />
          )}
        </Field>
        <ErrorNotice error={fork.error} />
      </div>
    </Dialog>
  );
}
