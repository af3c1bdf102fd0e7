import { ArrowUpRight, ChevronDown, ChevronUp, Copy, RefreshCw } from "lucide-react";
import { type ReactNode, useState } from "react";
import type { Message } from "@/api/types";
import { AnswerWarnings, PartialAnswer } from "@/components/ui/answer-warnings";
import { IconButton } from "@/components/ui/button";
import { copyText } from "@/components/ui/copy-button";
import { Markdown } from "@/components/ui/markdown";
import { Notice } from "@/components/ui/notice";
import { parseJson } from "@/lib/exact-json";
import { isUnderWay } from "./api";

interface Props {
  readonly message: Message;
  readonly agentName: string;
  /** The run behind the answer: its text as it comes, its tool calls, its questions. */
  readonly renderRun: (runId: string) => ReactNode;
  readonly renderRunLink: (runId: string, children: ReactNode, className: string) => ReactNode;
  readonly onRegenerate: (() => void) | undefined;
}

/** An answer. One that is being written shows its run; one that is done shows its text, and its run when asked. */
export function AgentMessage({ message, agentName, renderRun, renderRunLink, onRegenerate }: Props) {
  const isWritten = isUnderWay(message);
  // What was watched while it was written stays as it was seen: nothing jumps when it is done.
  const [wasWatched, setWatched] = useState(isWritten);
  if (isWritten && !wasWatched) setWatched(true);
  const [showsWork, setShowsWork] = useState(false);
  const showsRun = message.run_id !== null && (isWritten || wasWatched || showsWork || message.status === "failed");
  const { run_id: runId } = message;
  return (
    <article aria-label={agentName} aria-busy={isWritten} className="group grid grid-cols-1 gap-1.5 text-base">
      {showsRun && runId !== null ? renderRun(runId) : <Answer message={message} />}
      {message.status === "cancelled" && (
        <Notice tone="info" className="w-fit">
          Stopped.
        </Notice>
      )}
      {!isWritten && (
        <div className="-ml-1.5 flex h-7 items-center">
          <IconButton label="Copy as Markdown" icon={Copy} size="sm" onClick={() => void copyText(message.content)} />
          {onRegenerate && <IconButton label="Regenerate" icon={RefreshCw} size="sm" onClick={onRegenerate} />}
          {runId !== null && !wasWatched && message.status !== "failed" && (
            <IconButton
              label={showsWork ? "Hide steps" : "Show steps"}
              icon={showsWork ? ChevronUp : ChevronDown}
              size="sm"
              aria-expanded={showsWork}
              onClick={() => setShowsWork(!showsWork)}
            />
          )}
          {runId !== null &&
            renderRunLink(
              runId,
              <>
                Run <ArrowUpRight aria-hidden="true" className="size-3.5" />
              </>,
              "ml-1 inline-flex items-center gap-0.5 rounded px-1.5 py-1 text-muted text-xs hover:bg-hover hover:text-fg",
            )}
        </div>
      )}
    </article>
  );
}

/** The stored answer; of one that failed or was stopped, the part that arrived. */
function Answer({ message }: { readonly message: Message }) {
  const { partial_content: partial } = message;
  return (
    <>
      {partial === null ? <Markdown text={shownText(message.content)} /> : <Markdown text={partial} />}
      {partial !== null && <PartialAnswer />}
      <AnswerWarnings warnings={message.warnings} />
    </>
  );
}

/** The answer of an agent with an output schema is a JSON object: it is shown as code, formatted. */
function shownText(content: string): string {
  if (!content.startsWith("{")) return content;
  try {
    parseJson(content);
    return `\`\`\`json\n${content}\n\`\`\``;
  } catch {
    return content;
  }
}
