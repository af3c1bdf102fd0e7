import { ArrowUp, Eraser, FlaskConical } from "lucide-react";
import { type FormEvent, type KeyboardEvent, type ReactNode, useEffect, useRef, useState } from "react";
import type { Agent } from "@/api/types";
import { DemonstrationNotice } from "@/components/demonstration-notice";
import { Button, IconButton } from "@/components/ui/button";
import { ErrorNotice } from "@/components/ui/notice";
import { MODIFIER } from "@/lib/keys";
import type { Draft } from "./use-draft";
import { type Exchange, useTrial } from "./use-trial";

export interface TryItProps {
  agent: Agent;
  draft: Draft;
  /** Draws a run as an answer, live; calls back when it is over. */
  renderRun: (runId: string, onOver: () => void) => ReactNode;
  renderRunLink: (runId: string, children: ReactNode, className: string) => ReactNode;
  /** What a run took, once it is over. */
  renderRunCost: (runId: string) => ReactNode;
}

/** Speaks to the agent as it would be if the draft were saved. What is said here is kept with its runs, and nowhere else. */
export function TryIt({ agent, draft, renderRun, renderRunLink, renderRunCost }: TryItProps) {
  const trial = useTrial(agent.id, draft);
  const end = useRef<HTMLDivElement>(null);
  const length = trial.exchanges.length;
  useEffect(() => {
    if (length > 0) end.current?.scrollIntoView({ block: "end" });
  }, [length]);
  return (
    <section aria-label="Playground" className="flex h-full min-h-0 flex-col">
      <header className="flex h-11 shrink-0 items-center gap-2 border-line border-b px-4">
        <FlaskConical aria-hidden className="size-4 text-faint" />
        <h2 className="flex-1 font-semibold text-fg text-sm">
          Try it{" "}
          <span className="font-normal text-faint text-xs">
            {draft.isChanged ? "the draft, unsaved changes included" : "as it is saved"}
          </span>
        </h2>
        {length > 0 && <IconButton size="sm" label="Clear" icon={Eraser} onClick={trial.clear} />}
      </header>
      <DemonstrationNotice agent={agent} choice={draft.definition.config.model} className="mx-3 mt-3" />
      <div role="log" aria-label="Trial" className="min-h-0 flex-1 overflow-y-auto px-4 py-4">
        {length === 0 && (
          <p className="mx-auto max-w-72 pt-10 text-balance text-center text-muted text-sm">
            Send a prompt and see each step with its cost. Unsaved changes are included.
          </p>
        )}
        <ol className="flex flex-col gap-5">
          {trial.exchanges.map((exchange) => (
            <ExchangeView
              key={exchange.key}
              exchange={exchange}
              renderRun={renderRun}
              renderRunLink={renderRunLink}
              renderRunCost={renderRunCost}
              onOver={() => trial.onOver(exchange.key)}
            />
          ))}
        </ol>
        <div ref={end} />
      </div>
      <Prompt isBusy={trial.isStarting} error={trial.error} onSend={trial.send} />
    </section>
  );
}

interface ExchangeProps extends Pick<TryItProps, "renderRun" | "renderRunLink" | "renderRunCost"> {
  exchange: Exchange;
  onOver: () => void;
}

function ExchangeView({ exchange, renderRun, renderRunLink, renderRunCost, onOver }: ExchangeProps) {
  return (
    <li className="flex flex-col gap-2.5">
      <p className="ml-8 self-end whitespace-pre-wrap break-words rounded-xl rounded-br-sm bg-accent-soft px-3 py-2 text-fg text-sm">
        {exchange.prompt}
      </p>
      {exchange.runId && (
        <>
          {renderRun(exchange.runId, onOver)}
          <p className="flex items-center gap-2 text-faint text-xs">
            {exchange.isOver && renderRunCost(exchange.runId)}
            {renderRunLink(exchange.runId, "Open the run", "rounded text-accent-text hover:underline")}
          </p>
        </>
      )}
    </li>
  );
}

interface PromptProps {
  isBusy: boolean;
  error: unknown;
  onSend: (prompt: string, onRefused: (prompt: string) => void) => void;
}

function Prompt({ isBusy, error, onSend }: PromptProps) {
  const [text, setText] = useState("");
  function send(): void {
    if (text.trim() === "" || isBusy) return;
    onSend(text, (refused) => setText((now) => now || refused));
    setText("");
  }
  function onSubmit(event: FormEvent): void {
    event.preventDefault();
    send();
  }
  function onKeyDown(event: KeyboardEvent<HTMLTextAreaElement>): void {
    if (event.key !== "Enter" || event.shiftKey || event.nativeEvent.isComposing) return;
    event.preventDefault();
    send();
  }
  return (
    <form onSubmit={onSubmit} className="flex shrink-0 flex-col gap-2 border-line border-t p-3">
      <ErrorNotice error={error} />
      <div className="flex items-end gap-2 rounded-lg border border-line-strong bg-surface p-1.5 focus-within:border-accent">
        <textarea
          data-trial
          aria-label="Prompt"
          placeholder={`Send a prompt… (${MODIFIER} Enter focuses this field)`}
          rows={2}
          value={text}
          onChange={(event) => setText(event.target.value)}
          onKeyDown={onKeyDown}
          className="max-h-40 min-h-10 min-w-0 flex-1 resize-none bg-transparent px-1.5 py-0.5 text-fg text-sm outline-none placeholder:text-faint"
        />
        <Button
          type="submit"
          size="sm"
          variant="primary"
          icon={ArrowUp}
          busy={isBusy}
          disabled={text.trim() === ""}
          aria-label="Send"
        />
      </div>
    </form>
  );
}
