import { useId, useState } from "react";
import type { Approval, Json } from "@/api/types";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { Textarea } from "@/components/ui/input";
import { JsonView } from "@/components/ui/json-view";
import { ErrorNotice } from "@/components/ui/notice";
import { afterUnmount } from "@/lib/after-unmount";
import { cx } from "@/lib/cx";
import { parseJson } from "@/lib/exact-json";
import { type Decision, useDecide } from "./api";

interface Props {
  readonly approval: Approval;
  readonly onDecided: ((approval: Approval) => void) | undefined;
}

type Choice = "again" | "leave" | "succeeded";

const CHOICES: readonly { readonly value: Choice; readonly label: string; readonly hint: string }[] = [
  { value: "again", label: "Repeat the call", hint: "The call had no effect, or repeating it is safe." },
  { value: "leave", label: "Do not repeat the call", hint: "The agent receives an error." },
  {
    value: "succeeded",
    label: "It succeeded, with this result",
    hint: "You verified that the call had its effect. The agent continues with the result that you enter.",
  },
];

/** A call that was under way when its worker died: only a person can find out whether it happened. */
export function UnknownOutcomeForm({ approval, onDecided }: Props) {
  const decide = useDecide(approval.id);
  const name = useId();
  const [choice, setChoice] = useState<Choice | null>(null);
  const [result, setResult] = useState("");
  const isReady = choice !== null && (choice !== "succeeded" || result.trim() !== "");

  const send = () => {
    if (!isReady) return;
    const body: Decision =
      choice === "again"
        ? { decision: "approve" }
        : choice === "leave"
          ? { decision: "reject" }
          : { decision: "approve", result: resultOf(result) };
    afterUnmount(decide.mutateAsync(body), (decided) => onDecided?.(decided));
  };
  return (
    <div className="grid gap-3">
      <div className="max-h-60 overflow-auto rounded-lg border border-line bg-sunken px-2 py-2">
        <JsonView value={approval.arguments} />
      </div>
      <fieldset className="grid gap-1.5">
        <legend className="mb-1.5 font-medium text-xs">How should the run continue?</legend>
        {CHOICES.map(({ value, label, hint }) => (
          <label
            key={value}
            className={cx(
              "flex cursor-pointer gap-2.5 rounded-lg border px-3 py-2",
              choice === value ? "border-accent bg-accent-soft" : "border-line hover:bg-hover",
            )}
          >
            <input
              type="radio"
              name={name}
              className="mt-1 accent-accent"
              checked={choice === value}
              onChange={() => setChoice(value)}
            />
            <span>
              <span className="block font-medium">{label}</span>
              <span className="block text-muted text-xs">{hint}</span>
            </span>
          </label>
        ))}
      </fieldset>
      {choice === "succeeded" && (
        <Field label="Result" hint="Text, or JSON." required>
          {(control) => (
            <Textarea
              {...control}
              rows={4}
              className="font-mono text-xs"
              value={result}
              onChange={(event) => setResult(event.target.value)}
            />
          )}
        </Field>
      )}
      <ErrorNotice error={decide.error} />
      <Button variant="primary" className="w-fit" busy={decide.isPending} disabled={!isReady} onClick={send}>
        Decide
      </Button>
    </div>
  );
}

/** What was typed as JSON when it is some, else as text. */
function resultOf(text: string): Json {
  try {
    return parseJson(text) as Json;
  } catch {
    return text;
  }
}
