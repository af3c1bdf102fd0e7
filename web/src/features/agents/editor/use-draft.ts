import { useCallback, useMemo, useState } from "react";
import type { Agent, AgentDefinition } from "@/api/types";
import { type ConfigChange, changesOf, definitionOf, withConfig } from "./draft";

export interface Draft {
  definition: AgentDefinition;
  isChanged: boolean;
  /** Someone saved a newer version while this draft was being written. */
  isOutdated: boolean;
  changes: Partial<AgentDefinition>;
  /** The version that the draft began from. */
  baseVersion: number;
  set: (change: Partial<AgentDefinition>) => void;
  setConfig: (change: ConfigChange) => void;
  /** Begins again from what is saved. */
  reset: (agent?: Agent) => void;
  /** Goes on from what was saved, with what was written since it was sent. */
  taken: (saved: Agent, sent: AgentDefinition) => void;
  /** Keeps what was written and takes the newest version as its base. */
  rebase: () => void;
}

/** The draft of an agent. While nothing was written it follows what is saved. */
export function useDraft(agent: Agent): Draft {
  const [base, setBase] = useState(agent);
  const [written, setWritten] = useState<AgentDefinition | null>(null);
  const start = written === null ? agent : base;
  const definition = useMemo(() => written ?? definitionOf(start), [written, start]);
  const changes = useMemo(() => changesOf(definitionOf(start), definition), [start, definition]);

  const change = useCallback(
    (next: (definition: AgentDefinition) => AgentDefinition) => {
      setBase((before) => (written === null ? agent : before));
      setWritten((before) => next(before ?? definitionOf(agent)));
    },
    [agent, written],
  );

  return {
    definition,
    changes,
    isChanged: Object.keys(changes).length > 0,
    isOutdated: written !== null && agent.version > base.version,
    baseVersion: start.version,
    set: (part) => change((before) => ({ ...before, ...part })),
    setConfig: (part) => change((before) => withConfig(before, part)),
    reset: (saved) => {
      setBase(saved ?? agent);
      setWritten(null);
    },
    taken: (saved, sent) => {
      setBase(saved);
      setWritten((now) => {
        const since = now === null ? {} : changesOf(sent, now);
        return Object.keys(since).length === 0 ? null : { ...definitionOf(saved), ...since };
      });
    },
    rebase: () => setBase(agent),
  };
}
