import { ArrowUpRight, ChevronDown, ChevronLeft, ChevronRight, ChevronUp, Copy, RefreshCw } from "lucide-react";
import { Fragment, type ReactNode, useState } from "react";
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
  const [chosen, setChosen] = useState<number | null>(null);
  const earlier = chosen === null ? undefined : message.versions[chosen];
  const { status, content, run_id: runId } = earlier ?? message;
  const isWatched = isWritten || (wasWatched && !earlier);
  const showsRun = isWatched || showsWork || status === "failed";
  const canUnfold = runId !== null && status !== "failed" && !isWatched;
  return (
    <article aria-label={agentName} aria-busy={isWritten} className="group grid grid-cols-1 gap-1.5 text-base">
      <Body runId={showsRun ? runId : null} renderRun={renderRun}>
        <Answer message={earlier ? { ...message, content, ...PLAIN } : message} />
      </Body>
      {status === "cancelled" && (
        <Notice tone="info" className="w-fit">
          Stopped.
        </Notice>
      )}
      {!isWritten && (
        <div className="-ml-1.5 flex min-h-7 flex-wrap items-center">
          <Versions count={message.versions.length + 1} chosen={chosen} onChoose={setChosen} />
          <IconButton label="Copy as Markdown" icon={Copy} size="sm" onClick={() => void copyText(content)} />
          {onRegenerate && <IconButton label="Regenerate" icon={RefreshCw} size="sm" onClick={onRegenerate} />}
          {canUnfold && <Unfold isOpen={showsWork} onToggle={setShowsWork} />}
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

/** An earlier answer is its text alone. */
const PLAIN = { warnings: [], partial_content: null };

interface BodyProps {
  /** Null shows the stored text. */
  readonly runId: string | null;
  readonly renderRun: Props["renderRun"];
  readonly children: ReactNode;
}

function Body({ runId, renderRun, children }: BodyProps) {
  return runId === null ? children : <Fragment key={runId}>{renderRun(runId)}</Fragment>;
}

function Unfold({ isOpen, onToggle }: { readonly isOpen: boolean; readonly onToggle: (isOpen: boolean) => void }) {
  return (
    <IconButton
      label={isOpen ? "Hide steps" : "Show steps"}
      icon={isOpen ? ChevronUp : ChevronDown}
      size="sm"
      aria-expanded={isOpen}
      onClick={() => onToggle(!isOpen)}
    />
  );
}

interface VersionsProps {
  readonly count: number;
  /** Null is the present one, the last. */
  readonly chosen: number | null;
  readonly onChoose: (index: number | null) => void;
}

/** The way between the answers that a message has had. */
function Versions({ count, chosen, onChoose }: VersionsProps) {
  if (count < 2) return null;
  const shown = chosen ?? count - 1;
  const go = (index: number) => onChoose(index < count - 1 ? index : null);
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for the parts of a form
    <span
      role="group"
      aria-label="Versions of this answer"
      className="mr-1 flex items-center text-muted text-xs tabular-nums"
    >
      <IconButton label="Earlier answer" icon={ChevronLeft} size="sm" disabled={shown === 0} onClick={() => go(shown - 1)} />
      {shown + 1}/{count}
      <IconButton
        label="Later answer"
        icon={ChevronRight}
        size="sm"
        disabled={shown === count - 1}
        onClick={() => go(shown + 1)}
      />
    </span>
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
