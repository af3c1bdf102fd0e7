import type { Json, Step } from "@/api/types";
import { PartialAnswer } from "@/components/ui/answer-warnings";
import { Button } from "@/components/ui/button";
import { JsonView } from "@/components/ui/json-view";
import { Markdown } from "@/components/ui/markdown";
import { plural } from "@/lib/format";
import type { StepStream } from "../live/step-stream";
import { isObject } from "./json-text";
import { Calls, MessageBox } from "./message-box";
import { answerIn } from "./model-answer";
import { Reasoning } from "./reasoning";

interface InputProps {
  readonly value: Json;
  readonly isRunning: boolean;
  /** Shows the whole request. */
  readonly onRequest: () => void;
}

/** What a model was sent that is new since its last answer. */
export function ModelInput({ value, isRunning, onRequest }: InputProps) {
  if (value === null) {
    return <p className="text-muted text-sm">{isRunning ? "Recorded when the step ends." : "Not recorded."}</p>;
  }
  const messages = isObject(value) && Array.isArray(value.messages) ? value.messages.filter(isObject) : null;
  if (messages === null) return <JsonView value={value} />;
  const count = isObject(value) && typeof value.message_count === "number" ? value.message_count : messages.length;
  return (
    <div className="grid gap-2">
      {count > messages.length && (
        <p className="flex flex-wrap items-center gap-2 text-xs text-muted">
          {plural(count - messages.length, "earlier message")} sent too.
          <Button size="sm" variant="ghost" onClick={onRequest}>
            Show the full request
          </Button>
        </p>
      )}
      {messages.map((message, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a message is its place
        <MessageBox key={index} message={message} />
      ))}
    </div>
  );
}

/** What a model answered, or is answering. */
export function ModelOutput({ step, stream }: { readonly step: Step; readonly stream: StepStream | undefined }) {
  const { text, reasoning, calls, isLive, isCutOff, isPartial } = answerIn(step, stream);
  if (text === "" && reasoning === "" && calls.length === 0) {
    return <p className="text-sm text-muted">{isLive ? "Waiting for the first token…" : "Nothing."}</p>;
  }
  return (
    <div className="grid gap-2 text-sm">
      {reasoning !== "" && <Reasoning text={reasoning} isOpen={isLive && text === ""} />}
      {text !== "" && <Markdown text={text} />}
      {isLive && text !== "" && <span aria-hidden="true" className="streaming-caret" />}
      <Calls calls={calls} />
      {isPartial && <PartialAnswer />}
      {isCutOff && step.warnings.length === 0 && (
        <p className="text-warning">The answer was cut off at the limit of output tokens.</p>
      )}
    </div>
  );
}
