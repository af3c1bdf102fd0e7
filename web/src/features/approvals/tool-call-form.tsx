import { Check, Pencil, X } from "lucide-react";
import { useState } from "react";
import { isApiError } from "@/api/problem";
import type { Approval } from "@/api/types";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { Input, Textarea } from "@/components/ui/input";
import { JsonView } from "@/components/ui/json-view";
import { ErrorNotice } from "@/components/ui/notice";
import { stringifyJson } from "@/lib/exact-json";
import { outlive } from "@/lib/outlive";
import { readJsonObject } from "@/lib/read-json";
import { useDecide } from "./api";

interface Props {
  readonly approval: Approval;
  readonly onDecided: ((approval: Approval) => void) | undefined;
}

/** Approve, approve with other arguments, or reject with a word to the agent. */
export function ToolCallForm({ approval, onDecided }: Props) {
  const decide = useDecide(approval.id);
  const before = stringifyJson(approval.arguments, 2);
  const [isEditing, setEditing] = useState(false);
  const [text, setText] = useState(before);
  const [comment, setComment] = useState("");
  const read = readJsonObject(text);
  const isChanged = isEditing && text !== before;
  const wrong = read.problem ?? (isApiError(decide.error) ? argumentsProblem(decide.error.fields) : undefined);

  const send = (decision: "approve" | "reject") => {
    const said = comment.trim() === "" ? {} : { comment: comment.trim() };
    const changed = decision === "approve" && isChanged && read.value ? { arguments: read.value } : {};
    outlive(decide.mutateAsync({ decision, ...said, ...changed }), (decided) => onDecided?.(decided));
  };
  return (
    <div className="grid gap-3">
      {isEditing ? (
        <Field label="Arguments (JSON)" error={wrong} hint="The tool is called with these arguments.">
          {(control) => (
            <Textarea
              {...control}
              rows={Math.min(16, text.split("\n").length + 1)}
              className="font-mono text-xs"
              value={text}
              onChange={(event) => setText(event.target.value)}
            />
          )}
        </Field>
      ) : (
        <div className="max-h-80 overflow-auto rounded-lg border border-line bg-sunken px-2 py-2">
          <JsonView value={approval.arguments} />
        </div>
      )}
      <Field label="Reason for the agent (optional)" hideLabel>
        {(control) => (
          <Input
            {...control}
            placeholder="Comment for the agent (optional)"
            value={comment}
            onChange={(event) => setComment(event.target.value)}
          />
        )}
      </Field>
      <ErrorNotice error={decide.error} />
      <div className="flex flex-wrap gap-2">
        <Button
          variant="primary"
          icon={Check}
          busy={decide.isPending}
          disabled={isEditing && read.problem !== undefined}
          onClick={() => send("approve")}
        >
          {isChanged ? "Approve with changes" : "Approve"}
        </Button>
        <Button icon={X} disabled={decide.isPending} onClick={() => send("reject")}>
          Reject
        </Button>
        {approval.kind === "tool_call" && (
          <Button
            variant="ghost"
            icon={Pencil}
            className="ml-auto"
            aria-pressed={isEditing}
            onClick={() => setEditing(!isEditing)}
          >
            {isEditing ? "Discard changes" : "Edit arguments"}
          </Button>
        )}
      </div>
    </div>
  );
}

function argumentsProblem(fields: readonly { field: string; message: string }[]): string | undefined {
  return fields.find((one) => one.field.startsWith("arguments") || one.field.startsWith("body.arguments"))?.message;
}
