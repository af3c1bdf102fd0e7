/**
 * What a run looks like: rows from the lists, and events on top of them. Pure, so that a refresh, a second tab and a
 * lost connection all arrive at the same picture: applying an event twice, or one that the lists already told, changes
 * nothing. Events are thin (no inputs, no outputs); the rows of the lists have it all and replace them. Deltas, text on
 * its way, are foam on top: the stored step replaces them.
 */

import type { Approval, Artifact, JsonObject, Log, Run, RunStatus, Step, Thought } from "@/api/types";
import type { Delta, RunEvent } from "../types";
import { isOver } from "../types";
import { joined, NOTHING, type StepStream, without } from "./step-stream";

export interface RunLists {
  readonly steps: readonly Step[];
  readonly logs: readonly Log[];
  readonly thoughts: readonly Thought[];
  readonly artifacts: readonly Artifact[];
  readonly approvals: readonly Approval[];
}

export interface RunState extends RunLists {
  readonly run: Run | null;
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

export const STOPPED = "Stopped before it ended.";

type Draft = { -readonly [K in keyof RunState]: RunState[K] } & { owned: Set<string> };

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
  return finished(draft);
}

/** Put rows of the lists in; what they say counts, but for what has happened since they were read. */
export function merge(state: RunState, lists: Partial<RunLists>): RunState {
  const draft: Draft = { ...state, owned: new Set() };
  for (const step of lists.steps ?? []) mergeStep(draft, step);
  for (const log of lists.logs ?? []) put(draft, "logs", log, byId);
  for (const thought of lists.thoughts ?? []) putThought(draft, thought);
  for (const artifact of lists.artifacts ?? []) put(draft, "artifacts", artifact, byId);
  for (const approval of lists.approvals ?? []) mergeApproval(draft, approval);
  return finished(draft);
}

/** A stored step counts, unless it is the waiting one of a step that has begun again since. */
function mergeStep(draft: Draft, step: Step): void {
  const live = draft.steps.find((other) => other.id === step.id);
  if (live?.status === "running" && step.status !== "completed" && live.started_at > step.started_at) return;
  putStep(draft, step);
  if (step.status !== "running") draft.streams = without(draft.streams, step.id);
}

/** A list that was read before a decision does not overwrite it. */
function mergeApproval(draft: Draft, approval: Approval): void {
  const known = draft.approvals.find((other) => other.id === approval.id);
  if (!known || known.status === "pending" || approval.status !== "pending") put(draft, "approvals", approval, byId);
}

/** Put the run's row in, unless events have told of a later end. */
export function mergeRun(state: RunState, run: Run): RunState {
  if (state.run && isOver(state.run.status) && !isOver(run.status)) return state;
  return isOver(run.status) ? finished(settle({ ...state, run, owned: new Set() })) : { ...state, run };
}

function finished({ owned: _, ...state }: Draft): RunState {
  return state;
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
    const step = stepOf(draft, event, "running");
    const known = draft.steps.find((other) => other.id === step.id);
    if (known && known.status !== "running" && known.started_at >= step.started_at) return;
    // A step that begins again (after an answer, or after a crash) says its text again.
    if (known) draft.streams = without(draft.streams, step.id);
    putStep(draft, { ...step, input: known?.input ?? null });
  },
  "step.completed": (draft, event) => {
    const step = stepOf(draft, event, "completed");
    const known = draft.steps.find((other) => other.id === step.id);
    putStep(draft, { ...step, input: step.input ?? known?.input ?? null, output: step.output ?? known?.output ?? null });
  },
  log: (draft, event) =>
    put(draft, "logs", rowOf<Log>(draft, event, { step_id: null, details: null, timestamp: event.created_at }), byId),
  thought: (draft, event) => putThought(draft, rowOf<Thought>(draft, event, { metadata: {}, created_at: event.created_at })),
  artifact: (draft, event) => put(draft, "artifacts", rowOf<Artifact>(draft, event, { created_at: event.created_at }), byId),
  "approval.requested": (draft, event) => {
    const approval = rowOf<Approval>(draft, event, { ...ASKED, created_at: event.created_at });
    if (!draft.approvals.some((other) => other.id === approval.id)) put(draft, "approvals", approval, byId);
  },
  "approval.decided": (draft, event) => {
    const known = draft.approvals.find((other) => other.id === (event.data.approval_id ?? event.data.id));
    if (known?.status !== "pending") return;
    const told = event.data.status as Approval["status"] | undefined;
    const status = told ?? (event.data.decision === "reject" ? "rejected" : "approved");
    put(
      draft,
      "approvals",
      { ...known, status, decided_at: event.created_at, comment: textOr(event.data.comment, known.comment) },
      byId,
    );
  },
};

/** What the event of a request does not say; who may decide follows when the run's approvals are read. */
const ASKED: Omit<Approval, "id" | "run_id" | "kind" | "step_id" | "tool_name" | "arguments" | "reason" | "created_at"> = {
  status: "pending",
  assignees: [],
  role: null,
  quorum: 1,
  is_mine: true,
  decision: null,
  decisions: [],
  decided_by: null,
  decided_by_name: null,
  decided_at: null,
  comment: null,
  editable: null,
  escalated_at: null,
  expires_at: null,
  form: null,
  node_id: null,
  prompt: null,
  requested_by_name: null,
  target_name: "",
};

/** Put an item in its place in a list that `compare` keeps in order; an equal one is replaced. Most come last. */
function put<K extends keyof RunLists, T extends RunLists[K][number]>(
  draft: Draft,
  key: K,
  item: T,
  compare: (left: T, right: T) => number,
): void {
  const list = own(draft, key) as unknown as T[];
  const at = list.findLastIndex((other) => compare(other, item) <= 0);
  const found = at >= 0 ? list[at] : undefined;
  if (found !== undefined && compare(found, item) === 0) list[at] = item;
  else list.splice(at + 1, 0, item);
}

/** A list of the draft that may be changed: copied once. */
function own<K extends keyof RunLists>(draft: Draft, key: K): RunLists[K][number][] {
  if (!draft.owned.has(key)) {
    (draft as Record<K, unknown>)[key] = [...draft[key]];
    draft.owned.add(key);
  }
  return draft[key] as unknown as RunLists[K][number][];
}

/** A step is one by its id, and stands by its sequence. */
function putStep(draft: Draft, step: Step): void {
  const list = own(draft, "steps") as Step[];
  const at = list.findIndex((other) => other.id === step.id);
  if (at >= 0 && list[at]?.sequence !== step.sequence) list.splice(at, 1);
  put(draft, "steps", step, bySequence);
}

/** A thought is one by its node: a step that was made again thinks the same thought again. */
function putThought(draft: Draft, thought: Thought): void {
  const list = own(draft, "thoughts") as Thought[];
  const at = list.findIndex((other) => other.node_id === thought.node_id);
  if (at >= 0) list[at] = { ...thought, metadata: { ...list[at]?.metadata, ...thought.metadata } };
  else put(draft, "thoughts", thought, byId);
}

/** A run's own fields: an event names some of them; what it does not name stays. */
function patchRun(draft: Draft, event: RunEvent, status: RunStatus): void {
  const { run } = draft;
  if (!run || run.last_sequence >= event.sequence || isOver(run.status)) return;
  const told = Object.fromEntries(Object.entries(event.data).filter(([key]) => key in run)) as Partial<Run>;
  draft.run = {
    ...run,
    ...told,
    status,
    started_at: run.started_at ?? (status === "running" ? event.created_at : null),
    waiting_reason: status === "waiting" ? (told.waiting_reason ?? null) : null,
    last_sequence: event.sequence,
  };
}

function end(draft: Draft, event: RunEvent, status: RunStatus): void {
  patchRun(draft, event, status);
  if (draft.run && draft.run.status === status) {
    const message = event.data.error as JsonObject | null | undefined;
    draft.run = {
      ...draft.run,
      completed_at: draft.run.completed_at ?? event.created_at,
      error_message: draft.run.error_message ?? textOr(message?.message, null),
    };
  }
  settle(draft);
}

/** A run that is over has no running steps: what had written something stays to be read, the rest never was. */
function settle(draft: Draft): Draft {
  if (!draft.steps.some((step) => step.status === "running")) return draft;
  draft.steps = draft.steps.flatMap((step) => {
    if (step.status !== "running") return [step];
    const stream = draft.streams[step.id];
    if (!stream) return [];
    return [
      {
        ...step,
        status: draft.run?.status === "cancelled" ? ("cancelled" as const) : ("failed" as const),
        error_message: draft.run?.status === "cancelled" ? null : STOPPED,
        output: { text: stream.text, reasoning: stream.reasoning, is_partial: true },
        completed_at: draft.run?.completed_at ?? null,
      },
    ];
  });
  draft.streams = {};
  return draft;
}

function rowOf<T>(draft: Draft, event: RunEvent, rest: Partial<T>): T {
  return { run_id: draft.run?.id ?? "", ...rest, ...event.data } as T;
}

function stepOf(draft: Draft, event: RunEvent, status: Step["status"]): Step {
  const { step_id, ...data } = event.data as Partial<Step> & JsonObject;
  return {
    run_id: draft.run?.id ?? "",
    parent_step_id: null,
    step_name: "",
    step_type: "decision",
    status,
    input: null,
    output: null,
    error_message: null,
    usage: null,
    warnings: [],
    node_id: null,
    visit: null,
    item_index: null,
    source: "executed",
    completed_at: null,
    duration_ms: null,
    created_at: event.created_at,
    ...data,
    id: (data.id ?? step_id) as string,
    sequence: data.sequence ?? event.sequence,
    started_at: data.started_at ?? event.created_at,
  };
}

function applyDelta(draft: Draft, { type, data }: Delta): void {
  const step = draft.steps.find((other) => other.id === data.step_id);
  if (step && step.status !== "running") return;
  const stream = draft.streams[data.step_id] ?? NOTHING;
  const field = type === "token" ? "text" : "reasoning";
  const after = joined(stream[field], data.index, data.text);
  if (after === null || after === stream[field]) return;
  draft.streams = { ...draft.streams, [data.step_id]: { ...stream, [field]: after } };
}

function byId(left: { id: string }, right: { id: string }): number {
  return left.id < right.id ? -1 : left.id > right.id ? 1 : 0;
}

function bySequence(left: Step, right: Step): number {
  return left.sequence - right.sequence || byId(left, right);
}

function textOr(value: unknown, otherwise: string | null): string | null {
  return typeof value === "string" ? value : otherwise;
}
