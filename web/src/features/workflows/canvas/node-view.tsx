import { Handle, type Node, type NodeProps, Position } from "@xyflow/react";
import { Ban, CircleAlert, CircleCheck, CircleDashed, LoaderCircle, Maximize2, TriangleAlert } from "lucide-react";
import { memo } from "react";
import { cx } from "@/lib/cx";
import type { Worst } from "../graph/findings";
import type { NodeState, NodeStatus } from "../run/states";
import type { ChangeMark } from "./canvas-props";
import { lookOf } from "./node-look";

export type NodeData = {
  readonly type: string;
  readonly title: string;
  readonly summary: string;
  readonly mark: Worst | undefined;
  /** How it differs from another version. */
  readonly change: ChangeMark | undefined;
  readonly state: NodeState | undefined;
  /** Whether a run is shown: what it did not reach is pale. */
  readonly isRun: boolean;
  readonly isOff: boolean;
  readonly onOpen: (() => void) | undefined;
};

export type StepNode = Node<NodeData, "step">;
export type EndNode = Node<{ readonly title: string; readonly hasState: boolean }, "end">;
export type NoteNode = Node<{ readonly text: string }, "note">;
export type AnyNode = StepNode | EndNode | NoteNode;

const FRAMES: Record<NodeStatus, string> = {
  running: "border-info",
  waiting: "border-warning",
  completed: "border-success",
  failed: "border-danger",
  cancelled: "border-line-strong",
};

const CHANGES: Record<ChangeMark, string> = {
  added: "border-2 border-success",
  removed: "border-2 border-danger border-dashed opacity-70",
  changed: "border-2 border-warning",
};

export const StepNodeView = memo(function StepNodeView({ data, selected }: NodeProps<StepNode>) {
  const { icon: Icon, ink } = lookOf(data.type);
  const frame = data.change
    ? CHANGES[data.change]
    : data.state
      ? FRAMES[data.state.status]
      : data.mark === "error"
        ? "border-danger"
        : "border-line-strong";
  return (
    <div
      className={cx(
        "flex size-full items-center gap-2.5 rounded-lg border bg-surface pr-2.5 pl-2",
        frame,
        data.state?.status === "running" && "ring-2 ring-info-soft",
        selected && "border-accent ring-2 ring-accent",
        data.isOff && "border-dashed",
      )}
    >
      <Handle type="target" position={Position.Top} />
      <span className={cx("inline-flex size-8 shrink-0 items-center justify-center rounded-md", ink)}>
        <Icon aria-hidden className="size-4" strokeWidth={1.9} />
      </span>
      <span className="workflow-far-hidden min-w-0 flex-1">
        <span
          className={cx(
            "block truncate font-medium text-sm leading-4",
            data.isRun && !data.state ? "text-muted" : "text-fg",
            (data.isOff || data.change === "removed") && "line-through",
          )}
        >
          {data.title}
        </span>
        <span className="block truncate text-muted text-2xs">{data.summary}</span>
      </span>
      {data.state ? <State state={data.state} /> : <Mark mark={data.mark} />}
      {data.onOpen && (
        <button
          type="button"
          tabIndex={-1}
          title={`Open the body of ${data.title}`}
          aria-label={`Open the body of ${data.title}`}
          className="nodrag -mr-1 inline-flex size-6 shrink-0 items-center justify-center rounded text-muted hover:bg-hover hover:text-fg"
          onClick={(event) => {
            event.stopPropagation();
            data.onOpen?.();
          }}
        >
          <Maximize2 aria-hidden className="size-3.5" />
        </button>
      )}
      <Handle type="source" position={Position.Bottom} />
    </div>
  );
});

function Mark({ mark }: { readonly mark: Worst | undefined }) {
  if (mark === "error") return <CircleAlert aria-hidden className="size-4 shrink-0 text-danger" />;
  if (mark === "warning") return <TriangleAlert aria-hidden className="size-4 shrink-0 text-warning" />;
  return null;
}

const STATES = {
  running: { icon: LoaderCircle, ink: "text-info animate-spin motion-reduce:animate-none" },
  waiting: { icon: CircleDashed, ink: "text-warning" },
  completed: { icon: CircleCheck, ink: "text-success" },
  failed: { icon: CircleAlert, ink: "text-danger" },
  cancelled: { icon: Ban, ink: "text-faint" },
} as const;

function State({ state }: { readonly state: NodeState }) {
  const { icon: Icon, ink } = STATES[state.status];
  return (
    <span className="flex shrink-0 items-center gap-1 text-2xs text-muted tabular-nums">
      {state.visits > 1 && <span className="workflow-far-hidden">{state.visits}×</span>}
      <Icon aria-hidden className={cx("size-4", ink)} />
    </span>
  );
}

export const EndNodeView = memo(function EndNodeView({ id, data, selected }: NodeProps<EndNode>) {
  return (
    <div
      className={cx(
        "flex size-full items-center justify-center rounded-full border bg-sunken font-semibold text-2xs text-muted tracking-wide",
        data.hasState ? "border-success" : "border-line-strong",
        selected && "border-accent ring-2 ring-accent",
      )}
    >
      {id === "END" && <Handle type="target" position={Position.Top} />}
      <span className="workflow-far-hidden">{data.title}</span>
      {id === "START" && <Handle type="source" position={Position.Bottom} />}
    </div>
  );
});

export const NoteNodeView = memo(function NoteNodeView({ data, selected }: NodeProps<NoteNode>) {
  return (
    <div
      className={cx(
        "size-full overflow-hidden whitespace-pre-wrap break-words rounded-md border border-line bg-warning-soft p-2 text-fg text-xs leading-4",
        selected && "border-accent ring-2 ring-accent",
      )}
    >
      {data.text || "Note"}
    </div>
  );
});
