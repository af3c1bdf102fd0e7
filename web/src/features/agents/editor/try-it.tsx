import { useQuery } from "@tanstack/react-query";
import { ArrowUp, Columns2, Eraser, FlaskConical, X } from "lucide-react";
import { type FormEvent, type KeyboardEvent, type ReactNode, useEffect, useRef, useState } from "react";
import type { Agent } from "@/api/types";
import { DemonstrationNotice } from "@/components/demonstration-notice";
import { Button, IconButton } from "@/components/ui/button";
import { ErrorNotice } from "@/components/ui/notice";
import { Select } from "@/components/ui/select";
import { MODIFIER } from "@/lib/keys";
import { modelChoices } from "../model-choices";
import { type Choice, keyOf, ModelOptions, readKey } from "./model-options";
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
  const [other, setOther] = useState<Choice | null>(null);
  const trial = useTrial(agent.id, draft);
  const compared = useTrial(agent.id, draft, other ?? undefined);
  const end = useRef<HTMLDivElement>(null);
  const length = trial.exchanges.length;
  const shown = { renderRun, renderRunLink, renderRunCost };
  useEffect(() => {
    if (length > 0) end.current?.scrollIntoView({ block: "end" });
  }, [length]);
  const choose = (next: Choice | null) => {
    setOther(next);
    // Both begin from the same: what one of them did not hear would not be compared.
    if (trial.exchanges.length > 0) trial.clear();
    compared.clear();
  };
  const send = (prompt: string, onRefused: (prompt: string) => void) => {
    trial.send(prompt, onRefused);
    if (other) compared.send(prompt, onRefused);
  };
  return (
    <section aria-label="Playground" data-comparing={other ? "true" : undefined} className="flex h-full min-h-0 flex-col">
      <header className="flex h-11 shrink-0 items-center gap-2 border-line border-b px-4">
        <FlaskConical aria-hidden className="size-4 text-faint" />
        <h2 className="flex-1 font-semibold text-fg text-sm">
          Try it{" "}
          <span className="font-normal text-faint text-xs">
            {draft.isChanged ? "the draft, unsaved changes included" : "as it is saved"}
          </span>
        </h2>
        {length > 0 && <IconButton size="sm" label="Clear" icon={Eraser} onClick={() => choose(other)} />}
        {other === null && (
          <Button size="sm" variant="ghost" icon={Columns2} onClick={() => choose({ provider_id: null, name: null })}>
            Compare
          </Button>
        )}
      </header>
      {other && <CompareBar choice={other} onChoice={choose} />}
      <DemonstrationNotice agent={agent} choice={draft.definition.config.model} className="mx-3 mt-3" />
      <div role="log" aria-label="Trial" className="min-h-0 flex-1 overflow-y-auto px-4 py-4">
        {length === 0 && (
          <p className="mx-auto max-w-72 pt-10 text-balance text-center text-muted text-sm">
            Send a prompt and see each step with its cost. Unsaved changes are included.
          </p>
        )}
        <ol className="flex flex-col gap-5">
          {trial.exchanges.map((exchange, at) => {
            const second = compared.exchanges[at];
            return (
              <li key={exchange.key} className="flex flex-col gap-2.5">
                <p className="ml-8 self-end whitespace-pre-wrap break-words rounded-xl rounded-br-sm bg-accent-soft px-3 py-2 text-fg text-sm">
                  {exchange.prompt}
                </p>
                <div className={other ? "grid gap-4 2xl:grid-cols-2" : "contents"}>
                  <Answer
                    {...shown}
                    exchange={exchange}
                    label={other ? "The draft's model" : undefined}
                    onOver={() => trial.onOver(exchange.key)}
                  />
                  {second && (
                    <Answer
                      {...shown}
                      exchange={second}
                      label="The other model"
                      onOver={() => compared.onOver(second.key)}
                    />
                  )}
                </div>
              </li>
            );
          })}
        </ol>
        <div ref={end} />
      </div>
      <Prompt isBusy={trial.isStarting || compared.isStarting} error={trial.error ?? compared.error} onSend={send} />
    </section>
  );
}

interface CompareBarProps {
  readonly choice: Choice;
  readonly onChoice: (choice: Choice | null) => void;
}

/** Which model answers beside the draft's own. */
function CompareBar({ choice, onChoice }: CompareBarProps) {
  const models = useQuery(modelChoices);
  return (
    <div className="flex shrink-0 items-center gap-2 border-line border-b px-4 py-2">
      <Select
        aria-label="Compare with the model"
        className="min-w-0 flex-1"
        value={keyOf(choice)}
        disabled={models.isPending}
        onChange={(event) => onChoice(readKey(event.target.value))}
      >
        <option value="">The organization's default</option>
        <ModelOptions models={models.data?.items ?? []} />
      </Select>
      <IconButton size="sm" label="Stop comparing" icon={X} onClick={() => onChoice(null)} />
    </div>
  );
}

interface AnswerProps extends Pick<TryItProps, "renderRun" | "renderRunLink" | "renderRunCost"> {
  exchange: Exchange;
  /** Of two answers, which one it is. */
  label: string | undefined;
  onOver: () => void;
}

function Answer({ exchange, label, renderRun, renderRunLink, renderRunCost, onOver }: AnswerProps) {
  if (!exchange.runId) return null;
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for the parts of a form
    <div
      role="group"
      aria-label={label ?? "Answer"}
      className={label ? "flex min-w-0 flex-col gap-2.5 rounded-lg border border-line p-3" : "flex min-w-0 flex-col gap-2.5"}
    >
      {label && <p className="font-medium text-muted text-xs">{label}</p>}
      {renderRun(exchange.runId, onOver)}
      <p className="flex flex-wrap items-center gap-2 text-faint text-xs">
        {exchange.isOver && renderRunCost(exchange.runId)}
        {renderRunLink(exchange.runId, "Open the run", "rounded text-accent-text hover:underline")}
      </p>
    </div>
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
