import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, unwrap } from "@/api/client";
import type { Run } from "@/api/types";
import { newKey } from "@/lib/new-key";
import type { Choice } from "./model-options";
import type { Draft } from "./use-draft";

export interface Exchange {
  key: string;
  prompt: string;
  runId: string | null;
  isOver: boolean;
  /** The run's answer once it is over, for what is said next. */
  answer: string | null;
}

/** The text of a run's output, whichever way the output holds it. */
export function answerOf(output: Run["output"]): string | null {
  if (typeof output === "string") return output;
  if (typeof output !== "object" || output === null || Array.isArray(output)) return null;
  const text = output.text ?? output.answer ?? output.content;
  return typeof text === "string" ? text : null;
}

/** What was said before, as a run takes it. */
function messagesOf(exchanges: readonly Exchange[]) {
  return exchanges.flatMap(({ prompt, answer }) =>
    answer === null
      ? []
      : [
          { role: "user" as const, content: prompt },
          { role: "assistant" as const, content: answer },
        ],
  );
}

/**
 * A conversation with the draft: each message is a playground run, with the draft in place of what is saved. With a model it
 * answers in place of the draft's own.
 */
export function useTrial(agentId: string, draft: Draft, model?: Choice) {
  const client = useQueryClient();
  const [exchanges, setExchanges] = useState<Exchange[]>([]);
  const change = (key: string, part: Partial<Exchange>) =>
    setExchanges((all) => all.map((each) => (each.key === key ? { ...each, ...part } : each)));

  const start = useMutation({
    mutationFn: ({ key, prompt }: { key: string; prompt: string }) => {
      const messages = messagesOf(exchanges);
      const { instructions } = draft.definition;
      const config = model ? { ...draft.definition.config, model } : draft.definition.config;
      return unwrap(
        api.POST("/api/v1/runs", {
          params: { header: { "Idempotency-Key": key } },
          body: {
            type: "agent",
            playground: true,
            target_id: agentId,
            input: { prompt, ...(messages.length > 0 ? { messages } : {}) },
            ...(draft.isChanged || model ? { draft: { instructions, config } } : {}),
          },
        }),
      );
    },
    onSuccess: (run, { key }) => change(key, { runId: run.id }),
    onError: (_, { key }) => setExchanges((all) => all.filter((each) => each.key !== key)),
  });

  async function onOver(key: string): Promise<void> {
    const runId = exchanges.find((each) => each.key === key)?.runId;
    if (!runId) return;
    change(key, { isOver: true });
    const run = await client.fetchQuery({
      queryKey: ["runs", "trial", runId],
      queryFn: () => unwrap(api.GET("/api/v1/runs/{run_id}", { params: { path: { run_id: runId } } })),
    });
    change(key, { answer: answerOf(run.output) });
  }

  return {
    exchanges,
    isStarting: start.isPending,
    error: start.error,
    /** Says something; a prompt that was refused is given back, so that it need not be typed again. */
    send(prompt: string, onRefused: (prompt: string) => void) {
      const key = newKey();
      setExchanges((all) => [...all, { key, prompt, runId: null, isOver: false, answer: null }]);
      start.mutate({ key, prompt }, { onError: () => onRefused(prompt) });
    },
    onOver: (key: string) => void onOver(key),
    clear() {
      start.reset();
      setExchanges([]);
    },
  };
}
