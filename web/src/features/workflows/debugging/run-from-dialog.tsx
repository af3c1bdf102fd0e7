import { useState } from "react";
import { Button } from "@/components/ui/button";
import { Checkbox } from "@/components/ui/checkbox";
import { Dialog } from "@/components/ui/dialog";
import { Field } from "@/components/ui/field";
import { Textarea } from "@/components/ui/input";
import { ErrorNotice } from "@/components/ui/notice";
import { readJson } from "@/lib/read-json";
import { useRunFrom } from "../api";
import { DryRunBox } from "./dry-run-box";

interface Props {
  readonly runId: string;
  readonly node: string;
  readonly visit: number | undefined;
  readonly onClose: () => void;
  readonly onOpenRun: (runId: string) => void;
}

/** A new run that begins at a node: what the nodes before it gave is taken from this run. */
export function RunFromDialog({ runId, node, visit, onClose, onOpenRun }: Props) {
  const start = useRunFrom(runId);
  const [text, setText] = useState("");
  const [isDry, setIsDry] = useState(false);
  const [isNewest, setIsNewest] = useState(false);
  const read = text.trim() === "" ? undefined : readJson(text);
  const submit = () =>
    start.mutate(
      {
        node,
        dry_run: isDry,
        version: isNewest ? "newest" : "recorded",
        ...(visit === undefined ? {} : { visit }),
        ...(read?.value === undefined ? {} : { input: read.value }),
      },
      { onSuccess: (run) => onOpenRun(run.id) },
    );
  return (
    <Dialog
      open
      onOpenChange={(isOpen) => !isOpen && onClose()}
      title={`Run from ${node}`}
      description="A new run takes the recorded results of the nodes before this one. None of them is called."
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button variant="primary" busy={start.isPending} disabled={read?.problem !== undefined} onClick={submit}>
            Run from here
          </Button>
        </>
      }
    >
      <div className="grid gap-3">
        <Field
          label="Input of the node (JSON)"
          hint="Leave it blank to use the input that the definition gives."
          error={read?.problem}
        >
          {(control) => (
            <Textarea
              {...control}
              rows={5}
              spellCheck={false}
              className="font-mono text-xs"
              value={text}
              onChange={(event) => setText(event.target.value)}
            />
          )}
        </Field>
        <Checkbox
          label="Use the newest version"
          hint="The run is then a playground run, which is not counted."
          checked={isNewest}
          onChange={(event) => setIsNewest(event.target.checked)}
        />
        <DryRunBox checked={isDry} onChange={setIsDry} />
        <ErrorNotice error={start.error} />
      </div>
    </Dialog>
  );
}
