import { useSuspenseQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import type { Workflow } from "@/api/types";
import { ReadOnlyNotice } from "@/components/read-only";
import { Button } from "@/components/ui/button";
import { Section } from "@/components/ui/card";
import { KeyValueList } from "@/components/ui/key-value";
import { Notice } from "@/components/ui/notice";
import { StatusBadge } from "@/components/ui/status-badge";
import { RelativeTime } from "@/components/ui/time";
import { useToast } from "@/components/ui/toast";
import { usePublishWorkflow, useUpdateWorkflow, workflowQuery } from "./api";
import { LeaveGuard } from "./editor/leave-guard";
import { type Draft, useDraft } from "./editor/use-draft";
import { useFindings } from "./editor/use-findings";
import { WorkflowEditor } from "./editor/workflow-editor";
import { LinkedWorkflow } from "./n8n/linked-workflow";
import { isConversational } from "./one-text";
import { Serving } from "./serving";
import { StartWorkflow } from "./start-workflow";
import { WorkflowMenu } from "./workflow-menu";

interface Props {
  readonly workflowId: string;
  readonly canWrite: boolean;
  readonly canRun: boolean;
  readonly onDeployments: () => void;
  readonly chatLink: ReactNode;
  readonly renderRun: (runId: string) => ReactNode;
}

/** One workflow: its graph to edit, or what n8n carries out in its place. */
export function WorkflowPage(props: Props) {
  const { data: workflow } = useSuspenseQuery(workflowQuery(props.workflowId));
  return workflow.n8n_workflow_id === null ? <OwnPage {...props} /> : <LinkedPage {...props} />;
}

function LinkedPage({ workflowId, canWrite, canRun, chatLink, renderRun }: Props) {
  const { data: workflow } = useSuspenseQuery(workflowQuery(workflowId));
  return (
    <div className="mx-auto flex w-full max-w-6xl flex-col gap-4 px-4 py-4 sm:px-6">
      <header className="flex flex-wrap items-center gap-x-3 gap-y-2">
        <div className="flex min-w-0 flex-1 basis-60 items-center gap-2.5">
          <h1 className="truncate font-semibold text-fg text-xl tracking-tight">{workflow.name}</h1>
          <StatusBadge status={workflow.status} />
        </div>
        {isConversational(workflow) && chatLink}
        {canWrite && (
          <div className="flex flex-wrap items-center gap-2">
            <Switches workflow={workflow} />
            <WorkflowMenu workflow={workflow} />
          </div>
        )}
      </header>
      <LinkedWorkflow workflow={workflow} canWrite={canWrite} />
      <div className="grid gap-4 lg:grid-cols-2">
        <Section title="Status">
          <Facts workflow={workflow} />
        </Section>
        {canRun && (
          <Section title="Run">
            <StartWorkflow key={workflow.version} workflow={workflow} renderRun={renderRun} />
          </Section>
        )}
      </div>
    </div>
  );
}

/** A workflow's graph to edit, what is wrong with it, whether it accepts triggers, and a run of it. */
function OwnPage({ workflowId, canWrite, canRun, onDeployments, chatLink, renderRun }: Props) {
  const { data: workflow } = useSuspenseQuery(workflowQuery(workflowId));
  const draft = useDraft(workflow);
  const report = useFindings(draft.definition);
  const asides = [
    ...(canRun
      ? [
          {
            value: "run",
            label: "Run",
            content: <StartWorkflow key={workflow.version} workflow={workflow} renderRun={renderRun} />,
          },
        ]
      : []),
    { value: "status", label: "Status", content: <Facts workflow={workflow} /> },
    {
      value: "serving",
      label: "Deployment",
      content: <Serving key={workflow.id} workflow={workflow} canWrite={canWrite} onDeployments={onDeployments} />,
    },
  ];
  return (
    <div className="mx-auto flex w-full flex-col gap-3 px-4 py-4 sm:px-6 lg:h-full">
      <header className="flex flex-wrap items-center gap-x-3 gap-y-2">
        <div className="flex min-w-0 flex-1 basis-60 items-center gap-2.5">
          <h1 className="truncate font-semibold text-fg text-xl tracking-tight">{workflow.name}</h1>
          <StatusBadge status={workflow.status} />
          <span className="shrink-0 text-muted text-xs max-sm:hidden">{versionsOf(workflow)}</span>
        </div>
        {isConversational(workflow) && chatLink}
        {canWrite && (
          <div className="flex flex-wrap items-center gap-2">
            <Switches workflow={workflow} />
            <Saving workflow={workflow} draft={draft} isValid={report.isValid} />
            <WorkflowMenu workflow={workflow} />
          </div>
        )}
      </header>
      {draft.isOutdated && (
        <Notice tone="warning">
          Another user saved version {workflow.version} in the meantime.{" "}
          <button type="button" className="underline" onClick={draft.discard}>
            Load it
          </button>
        </Notice>
      )}
      {!canWrite && <ReadOnlyNotice what="workflows" />}
      <LeaveGuard isChanged={draft.isChanged} />
      <WorkflowEditor workflowId={workflowId} draft={draft} report={report} canWrite={canWrite} asides={asides} />
    </div>
  );
}

function versionsOf({ version, active_version: published }: Workflow): string {
  if (published === null) return `Version ${version}, not published`;
  return published === version ? `Version ${version}, published` : `Version ${version}, published ${published}`;
}

interface SavingProps {
  readonly workflow: Workflow;
  readonly draft: Draft;
  readonly isValid: boolean;
}

/** What is changed is saved as a version, and a version is published. */
function Saving({ workflow, draft, isValid }: SavingProps) {
  const update = useUpdateWorkflow(workflow.id);
  const publish = usePublishWorkflow(workflow.id);
  const toast = useToast();
  function save(): void {
    update.mutate(
      { definition: draft.definition, version: draft.baseVersion },
      {
        onSuccess: (next) => {
          draft.saved(next);
          toast.success(next.version === workflow.version ? "Saved." : `Version ${next.version} is saved.`);
        },
        onError: toast.danger,
      },
    );
  }
  return (
    <>
      {draft.isChanged && <Button onClick={draft.discard}>Discard</Button>}
      <Button busy={update.isPending} disabled={!draft.isChanged || draft.problem !== undefined || !isValid} onClick={save}>
        Save
      </Button>
      <Button
        variant="primary"
        busy={publish.isPending}
        disabled={draft.isChanged || workflow.active_version === workflow.version}
        onClick={() =>
          publish.mutate(undefined, {
            onSuccess: (next) => toast.success(`Version ${next.active_version} is published.`),
            onError: toast.danger,
          })
        }
      >
        Publish
      </Button>
    </>
  );
}

function Facts({ workflow }: { readonly workflow: Workflow }) {
  return (
    <KeyValueList
      rows={[
        ["Status", <StatusBadge key="status" status={workflow.status} />],
        ["Published", workflow.active_version === null ? "No version" : `Version ${workflow.active_version}`],
        ["Newest", `Version ${workflow.version}`],
        ["Runs", `${workflow.execution_count}, ${workflow.success_count} completed, ${workflow.error_count} failed`],
        ["Last run", workflow.last_execution && <RelativeTime key="last" at={workflow.last_execution} />],
        ["Next run", workflow.next_execution && <RelativeTime key="next" at={workflow.next_execution} />],
      ]}
    />
  );
}

/** Whether triggers are accepted, and whether runs begin. */
function Switches({ workflow }: { readonly workflow: Workflow }) {
  const update = useUpdateWorkflow(workflow.id);
  const toast = useToast();
  const change = (body: { is_active?: boolean; is_paused?: boolean }) => update.mutate(body, { onError: toast.danger });
  if (workflow.active_version === null) return null;
  return (
    <>
      {workflow.is_active && (
        <Button disabled={update.isPending} onClick={() => change({ is_paused: !workflow.is_paused })}>
          {workflow.is_paused ? "Continue" : "Pause"}
        </Button>
      )}
      <Button disabled={update.isPending} onClick={() => change({ is_active: !workflow.is_active })}>
        {workflow.is_active ? "Deactivate" : "Activate"}
      </Button>
    </>
  );
}
