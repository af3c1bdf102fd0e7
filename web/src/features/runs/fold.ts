/**
 * What a run looks like after some events: a pure function of the events, so that a refresh, a second tab and a
 * lost connection all arrive at the same picture. Applying an event twice, or one that the lists already told,
 * changes nothing. Deltas (text on its way) are foam on top: the stored step replaces them.
 */
import type { Approval, Artifact, Delta, Json, JsonObject, Log, Run, RunEvent, RunStatus, Step, Thought } from "./types";
import { isOver } from "./types";

export interface StepStream {
  readonly text: string;
  readonly reasoning: string;
}

export interface RunState {
  readonly run: Run | null;
  readonly steps: readonly Step[];
  readonly logs: readonly Log[];
  readonly thoughts: readonly Thought[];
  readonly artifacts: readonly Artifact[];
  readonly approvals: readonly Approval[];
  readonly streams: Readonly<Record<string, StepStream>>;
  /** The last durable event that is in the picture. */
  readonly sequence: number;
}

export type StreamEvent = RunEvent | Delta;

export const EMPTY: RunState = {
  run: null,
  steps: [],
  logs: [],
  thoughts: [],
  artifacts: [],
  approvals: [],
  streams: {},
  sequence: 0,
};

type Draft = { -readonly [K in keyof RunState]: RunState[K] } & { owned: Set<string> };
type Lists = Pick<RunState, "steps" | "logs" | "thoughts" | "artifacts" | "approvals">;

/** Apply events in the order in which they came. */
export function fold(state: RunState, events: readonly StreamEvent[]): RunState {
  const draft: Draft = { ...state, owned: new Set() };
  for (const event of events) {
    if (isDelta(event)) {
      applyDelta(draft, event);
    } else if (event.sequence > draft.sequence) {
      APPLY[event.type]?.(draft, event);
      draft.sequence = event.sequence;
    }
  }
  const { owned: _, ...next } = draft;
  return next;
}

export function isDelta(event: StreamEvent): event is Delta {
  return event.type === "token" || event.type === "reasoning";
}

const APPLY: Readonly<Record<string, (draft: Draft, event: RunEvent) => void>> = {
  "run.started": (draft, event) => patchRun(draft, event, "running"),
  "run.resumed": (draft, event) => patchRun(draft, event, "running"),
  "run.waiting": (draft, event) => patchRun(draft, event, "waiting"),
  "run.completed": (draft, event) => end(draft, event, "completed"),
  "run.failed": (draft, event) => end(draft, event, "failed"),
  "run.cancelled": (draft, event) => end(draft, event, "cancelled"),
  "step.started": (draft, event) => {
    const step = stepOf(event, "running", draft.run?.id ?? "");
    const known = draft.steps.find((other) => other.id === step.id);
    if (known?.completed_at != null) return;
    // A step that begins again (a new attempt after a crash) says its text again.
    draft.streams = without(draft.streams, step.id);
    put(draft, "steps", { ...step, sequence: known?.sequence ?? step.sequence }, bySequence);
  },
  "step.completed": (draft, event) => {
    const step = stepOf(event, "completed", draft.run?.id ?? "");
    const known = draft.steps.find((other) => other.id === step.id);
    if (known && known.sequence !== step.sequence) {
      draft.steps = draft.steps.filter((other) => other !== known);
      draft.owned.add("steps");
    }
    put(draft, "steps", step, bySequence);
    draft.streams = without(draft.streams, step.id);
  },
  log: (draft, event) => put(draft, "logs", event.data as unknown as Log, byId),
  thought: (draft, event) => put(draft, "thoughts", event.data as unknown as Thought, byId),
  artifact: (draft, event) => put(draft, "artifacts", event.data as unknown as Artifact, byId),
  "approval.requested": (draft, event) => {
    const approval = event.data as unknown as Approval;
    const known = draft.approvals.find((other) => other.id === approval.id);
    if (known && known.status !== "pending") return;
    put(draft, "approvals", approval, byId);
  },
  "approval.decided": (draft, event) => {
    const known = draft.approvals.find((other) => other.id === event.data.id);
    put(draft, "approvals", { ...known, ...event.data } as unknown as Approval, byId);
  },
};

/** Put an item in its place in a list that `compare` keeps in order; an equal one is replaced. Most come last. */
function put<K extends keyof Lists, T extends Lists[K][number]>(
  draft: Draft,
  key: K,
  item: T,
  compare: (left: T, right: T) => number,
): void {
  if (!draft.owned.has(key)) {
    (draft as Record<K, unknown>)[key] = [...draft[key]];
    draft.owned.add(key);
  }
  const list = draft[key] as unknown as T[];
  const at = list.findLastIndex((other) => compare(other, item) <= 0);
  const found = at >= 0 ? list[at] : undefined;
  if (found !== undefined && compare(found, item) === 0) list[at] = item;
  else list.splice(at + 1, 0, item);
}

/** A run's own fields: an event names those that changed; what it does not name stays. */
function patchRun(draft: Draft, event: RunEvent, status: RunStatus): void {
  if (!draft.run || draft.run.last_sequence >= event.sequence) return;
  const told = event.data as Partial<Run>;
  draft.run = {
    ...draft.run,
    ...(status === "running" ? { started_at: draft.run.started_at ?? event.created_at } : {}),
    ...known(draft.run, told),
    status,
    waiting_reason: status === "waiting" ? (told.waiting_reason ?? textOf(event.data.reason)) : null,
    last_sequence: event.sequence,
  };
}

function end(draft: Draft, event: RunEvent, status: RunStatus): void {
  if (draft.run && !isOver(draft.run.status)) {
    patchRun(draft, event, status);
    if (draft.run.completed_at === null) draft.run = { ...draft.run, completed_at: event.created_at };
  }
  draft.streams = {};
}

/** Only fields that a run has: an event may carry more (a reason, a step). */
function known(run: Run, told: Partial<Run>): Partial<Run> {
  return Object.fromEntries(Object.entries(told).filter(([key]) => key in run)) as Partial<Run>;
}

function stepOf(event: RunEvent, status: Step["status"], runId: string): Step {
  const data = event.data as Partial<Step> & JsonObject;
  const startedAt = data.started_at ?? event.created_at;
  return {
    run_id: runId,
    parent_step_id: null,
    step_name: "",
    step_type: "decision",
    status,
    input: null,
    output: null,
    error_message: null,
    usage: null,
    completed_at: null,
    duration_ms: null,
    created_at: event.created_at,
    ...data,
    id: (data.id ?? data.step_id) as string,
    sequence: data.sequence ?? event.sequence,
    started_at: startedAt,
  };
}

/** A chunk goes where its index says; one that would leave a hole is dropped, as the stored step will have it all. */
function applyDelta(draft: Draft, { type, data }: Delta): void {
  const step = draft.steps.find((other) => other.id === data.step_id);
  if (step?.completed_at != null) return;
  const stream = draft.streams[data.step_id] ?? { text: "", reasoning: "" };
  const field = type === "token" ? "text" : "reasoning";
  const before = stream[field];
  if (data.index > before.length) return;
  const after = before.slice(0, data.index) + data.text;
  if (after.length < before.length && before.startsWith(after)) return;
  if (after === before) return;
  draft.streams = { ...draft.streams, [data.step_id]: { ...stream, [field]: after } };
}

function without(streams: RunState["streams"], id: string): RunState["streams"] {
  if (!(id in streams)) return streams;
  const { [id]: _, ...rest } = streams;
  return rest;
}

function byId(left: { id: string }, right: { id: string }): number {
  return left.id < right.id ? -1 : left.id > right.id ? 1 : 0;
}

export function bySequence(left: Step, right: Step): number {
  return left.sequence - right.sequence || byId(left, right);
}

function textOf(value: Json | undefined): string | null {
  return typeof value === "string" ? value : null;
}
