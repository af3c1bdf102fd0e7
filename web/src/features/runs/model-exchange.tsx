import type { Json, JsonObject, Step } from "@/api/types";
import { JsonView } from "@/components/ui/json-view";
import { Markdown } from "@/components/ui/markdown";
import { isObject, parsed, textOf } from "./json-text";
import { answerIn } from "./model-answer";
import { Reasoning } from "./reasoning";
import type { StepStream } from "./step-stream";

const ROLE: Record<string, string> = { system: "Instructions", user: "User", assistant: "Agent", tool: "Tool" };

/** What a model was sent: only what is new since its last answer is stored with the step. */
export function ModelInput({ value, isRunning }: { readonly value: Json; readonly isRunning: boolean }) {
  if (value === null) {
    return <p className="text-muted text-sm">{isRunning ? "Recorded when the step ends." : "Not recorded."}</p>;
  }
  const messages = isObject(value) && Array.isArray(value.messages) ? value.messages.filter(isObject) : null;
  if (messages === null) return <JsonView value={value} />;
  const count = isObject(value) && typeof value.message_count === "number" ? value.message_count : messages.length;
  return (
    <div className="grid gap-2">
      {count > messages.length && (
        <p className="text-xs text-muted">
          {count - messages.length} earlier messages were sent too; they stand in the steps before.
        </p>
      )}
      {messages.map((message, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a message is its place
        <MessageBox key={index} message={message} />
      ))}
    </div>
  );
}

function MessageBox({ message }: { readonly message: JsonObject }) {
  const role = typeof message.role === "string" ? message.role : "";
  const content = parsed(message.content ?? null);
  const name = typeof message.name === "string" ? ` · ${message.name}` : "";
  const text = typeof content === "string" ? content : textOf(content);
  return (
    <div className="rounded-md border border-line">
      <div className="border-b border-line bg-sunken px-3 py-1 text-xs text-muted">
        {ROLE[role] ?? role}
        {name}
      </div>
      <div className="max-h-96 overflow-auto px-3 py-2 text-sm">
        {text !== null && text !== "" ? (
          <Markdown text={text} />
        ) : (
          content !== null && content !== "" && <JsonView value={content} />
        )}
        {Array.isArray(message.tool_calls) && <Calls calls={message.tool_calls} />}
      </div>
    </div>
  );
}

/** What a model answered, or is answering. */
export function ModelOutput({ step, stream }: { readonly step: Step; readonly stream: StepStream | undefined }) {
  const { text, reasoning, calls, isLive, isCutOff } = answerIn(step, stream);
  if (text === "" && reasoning === "" && calls.length === 0) {
    return <p className="text-sm text-muted">{isLive ? "Waiting for the first token…" : "Nothing."}</p>;
  }
  return (
    <div className="grid gap-2 text-sm">
      {reasoning !== "" && <Reasoning text={reasoning} isOpen={isLive && text === ""} />}
      {text !== "" && <Markdown text={text} />}
      {isLive && text !== "" && <span aria-hidden="true" className="streaming-caret" />}
      <Calls calls={calls} />
      {isCutOff && <p className="text-warning">The answer was cut off at the limit of output tokens.</p>}
    </div>
  );
}

function Calls({ calls }: { readonly calls: readonly Json[] }) {
  return calls.filter(isObject).map((call, index) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: a call is its place
    <div key={index} className="mt-1 rounded-md border border-line px-3 py-2">
      <p className="mb-1 text-xs text-muted">
        calls <span className="font-medium text-fg">{String(call.name ?? "a tool")}</span>
      </p>
      <JsonView value={call.arguments ?? null} />
    </div>
  ));
}
