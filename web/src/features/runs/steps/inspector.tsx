import { GitBranch, MousePointerClick, X } from "lucide-react";
import type { ReactNode } from "react";
import type { Approval, Json, Step, ToolCall } from "@/api/types";
import { AnswerWarnings } from "@/components/ui/answer-warnings";
import { Button, IconButton } from "@/components/ui/button";
import { CopyButton } from "@/components/ui/copy-button";
import { EmptyState } from "@/components/ui/empty-state";
import { JsonView } from "@/components/ui/json-view";
import { TabPanel, Tabs } from "@/components/ui/tabs";
import { stringifyJson } from "@/lib/exact-json";
import type { RunState } from "../live/fold";
import { Decision } from "./decision";
import { InspectorFacts } from "./inspector-facts";
import { InspectorPart } from "./inspector-part";
import { parsed } from "./json-text";
import { LedgerEntry } from "./ledger-entry";
import { ModelInput, ModelOutput } from "./model-exchange";
import { RequestPane } from "./request-pane";
import { StepIcon } from "./step-icon";

interface Props {
  readonly state: RunState;
  readonly step: Step | undefined;
  readonly calls: readonly ToolCall[];
  readonly now: number;
  readonly isRaw: boolean;
  readonly onRaw: (isRaw: boolean) => void;
  /** Whether the request is shown in place of the step's details. */
  readonly isRequest: boolean;
  readonly onRequest: (isRequest: boolean) => void;
  /** Without it (no permission, or nothing to fork from) the action is not offered. */
  readonly onFork: (() => void) | undefined;
  /** Back to the run as a whole. */
  readonly onClose: (() => void) | undefined;
  readonly renderApproval: (approval: Approval) => ReactNode;
}

/** Everything that is known of one step. */
export function Inspector(props: Props) {
  const { step, isRaw, onRaw, isRequest, onRequest, onFork, onClose } = props;
  if (!step)
    return (
      <EmptyState icon={MousePointerClick} title="No step selected">
        Choose a step to see what went in, what came out and what it cost.
      </EmptyState>
    );
  const isModelCall = step.step_type === "llm_call";
  return (
    <div className="flex h-full min-h-0 flex-col">
      <div className="flex items-center gap-2 border-b border-line px-4 py-2.5">
        <StepIcon type={step.step_type} className="size-4" />
        <h2 className="min-w-0 flex-1 truncate text-sm font-medium">{step.step_name}</h2>
        {!(isModelCall && isRequest) && (
          <Button variant="ghost" size="sm" aria-pressed={isRaw} onClick={() => onRaw(!isRaw)}>
            Raw
          </Button>
        )}
        {onFork && (
          <Button size="sm" icon={GitBranch} onClick={onFork}>
            Fork
          </Button>
        )}
        {onClose && <IconButton label="Show the whole run" icon={X} size="sm" onClick={onClose} />}
      </div>
      {isModelCall ? (
        <Tabs
          value={isRequest ? "request" : "details"}
          onChange={(value) => onRequest(value === "request")}
          tabs={PANES}
          label="Views of the step"
          className="flex-1 [&>div:first-child]:px-4 [&>div:first-child]:pt-1.5"
        >
          <TabPanel value="details" className="flex-1 overflow-auto">
            <StepDetails {...props} step={step} />
          </TabPanel>
          <TabPanel value="request" className="flex-1 overflow-auto">
            <RequestPane runId={step.run_id} step={step} />
          </TabPanel>
        </Tabs>
      ) : (
        <div className="min-h-0 flex-1 overflow-auto">
          <StepDetails {...props} step={step} />
        </div>
      )}
    </div>
  );
}

const PANES = [
  { value: "details", label: "Details" },
  { value: "request", label: "Request" },
];

function StepDetails({ state, step, calls, now, isRaw, onRequest, renderApproval }: Props & { readonly step: Step }) {
  const approvals = state.approvals.filter((approval) => approval.step_id === step.id);
  const call = calls.find((one) => one.step_id === step.id);
  return (
    <>
      {approvals.map((approval) => (
        <div key={approval.id} className="border-b border-line p-3">
          {renderApproval(approval)}
        </div>
      ))}
      <InspectorFacts step={step} now={now} />
      {step.warnings.length > 0 && (
        <div className="border-b border-line p-3">
          <AnswerWarnings warnings={step.warnings} />
        </div>
      )}
      {step.error_message !== null && (
        <InspectorPart title="Error" actions={<CopyButton label="Copy the error" text={step.error_message} />}>
          <pre className="rounded-md bg-danger-soft p-3 font-mono text-xs whitespace-pre-wrap break-words text-danger">
            {step.error_message}
          </pre>
        </InspectorPart>
      )}
      {call && <LedgerEntry call={call} />}
      <InspectorPart title="Input" actions={<CopyButton label="Copy the input" text={text(step.input)} />}>
        {isRaw ? (
          <Raw value={step.input} />
        ) : step.step_type === "llm_call" ? (
          <ModelInput value={step.input} isRunning={step.status === "running"} onRequest={() => onRequest(true)} />
        ) : (
          <Plain value={step.input} />
        )}
      </InspectorPart>
      <InspectorPart title="Output" actions={<CopyButton label="Copy the output" text={text(step.output)} />}>
        {isRaw ? (
          <Raw value={step.output} />
        ) : step.step_type === "llm_call" ? (
          <ModelOutput step={step} stream={state.streams[step.id]} />
        ) : step.step_type === "decision" ? (
          <Decision value={step.output} />
        ) : (
          <Plain value={step.output} />
        )}
      </InspectorPart>
    </>
  );
}

function text(value: Json): string {
  return typeof value === "string" ? value : stringifyJson(value, 2);
}

function Raw({ value }: { readonly value: Json }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <pre tabIndex={0} className="max-h-[28rem] overflow-auto rounded-md bg-sunken p-3 font-mono text-xs">
      {stringifyJson(value, 2)}
    </pre>
  );
}

function Plain({ value }: { readonly value: Json }) {
  const shown = parsed(value);
  if (shown === null) return <p className="text-sm text-muted">Nothing yet.</p>;
  if (typeof shown === "string") return <p className="text-sm whitespace-pre-wrap break-words">{shown}</p>;
  return <JsonView value={shown} />;
}
