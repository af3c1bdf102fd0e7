import { Check, Pencil, X } from "lucide-react";
import { useState } from "react";
import { isApiError } from "@/api/problem";
import type { Approval, Json, JsonObject } from "@/api/types";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { Input, Textarea } from "@/components/ui/input";
import { JsonView } from "@/components/ui/json-view";
import { ErrorNotice } from "@/components/ui/notice";
import { afterUnmount } from "@/lib/after-unmount";
import { stringifyJson } from "@/lib/exact-json";
import { readJson, readJsonObject } from "@/lib/read-json";
import { useDecide } from "./api";
import { FieldChanges } from "./asked";
import { changesOf } from "./changes";

interface Props {
  readonly approval: Approval;
  readonly onDecided: ((approval: Approval) => void) | undefined;
}

const OF_TOOLS = {
  edit: "Edit arguments",
  label: "Arguments (JSON)",
  hint: "The tool is called with these arguments.",
  send: (value: Json) => ({ arguments: value as JsonObject }),
};
const OF_NODES = {
  edit: "Edit value",
  label: "Value (JSON)",
  hint: "The workflow goes on with this value.",
  send: (value: Json) => ({ value }),
};

/** Approve, approve with other arguments or another value, or reject with a word to the agent. */
export function ToolCallForm({ approval, onDecided }: Props) {
  const decide = useDecide(approval.id);
  const words = approval.kind === "node" ? OF_NODES : OF_TOOLS;
  const shown = shownOf(approval);
  const before = stringifyJson(shown, 2);
  const [isEditing, setEditing] = useState(false);
  const [text, setText] = useState(before);
  const [comment, setComment] = useState("");
  const read = approval.kind === "node" ? readJson(text) : readJsonObject(text);
  const isChanged = isEditing && text !== before;
  const canEdit = approval.kind === "tool_call" || approval.editable !== null;

  const send = (decision: "approve" | "reject") => {
    const said = comment.trim() === "" ? {} : { comment: comment.trim() };
    const isSent = decision === "approve" && isChanged && read.value !== undefined;
    const changed = isSent ? words.send(read.value) : {};
    afterUnmount(decide.mutateAsync({ decision, ...said, ...changed }), (decided) => onDecided?.(decided));
  };
  return (
    <div className="grid gap-3">
      {isEditing ? (
        <Field label={words.label} error={read.problem ?? refusalOf(decide.error)} hint={words.hint}>
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
        Object.keys(approval.arguments ?? {}).length > 0 && (
          <div className="max-h-80 overflow-auto rounded-lg border border-line bg-sunken px-2 py-2">
            <JsonView value={approval.arguments} />
          </div>
        )
      )}
      {isChanged && read.value !== undefined && <FieldChanges changes={changesOf(shown, read.value)} />}
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
          data-inbox-key="a"
          busy={decide.isPending}
          disabled={isEditing && read.problem !== undefined}
          onClick={() => send("approve")}
        >
          {isChanged ? "Approve with changes" : "Approve"}
        </Button>
        <Button icon={X} data-inbox-key="r" disabled={decide.isPending} onClick={() => send("reject")}>
          Reject
        </Button>
        {canEdit && (
          <Button
            variant="ghost"
            icon={Pencil}
            data-inbox-key="e"
            className="ml-auto"
            aria-pressed={isEditing}
            onClick={() => setEditing(!isEditing)}
          >
            {isEditing ? "Discard changes" : words.edit}
          </Button>
        )}
      </div>
    </div>
  );
}

/** What may be edited: of a node its input; one that is no object stands in the field "value". */
function shownOf({ kind, arguments: shown }: Approval): Json {
  return kind === "node" && Object.keys(shown).join() === "value" ? (shown.value as Json) : (shown as JsonObject);
}

function refusalOf(error: unknown): string | undefined {
  if (!isApiError(error)) return undefined;
  const places = ["arguments", "value", "body.arguments", "body.value"];
  return error.fields.find((one) => places.some((place) => one.field.startsWith(place)))?.message;
}
