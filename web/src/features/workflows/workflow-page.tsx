import { useSuspenseQuery } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import type { JsonObject, Workflow } from "@/api/types";
import { Button } from "@/components/ui/button";
import { Section } from "@/components/ui/card";
import { KeyValueList } from "@/components/ui/key-value";
import { ErrorNotice, Notice } from "@/components/ui/notice";
import { Page } from "@/components/ui/page";
import { StatusBadge } from "@/components/ui/status-badge";
import { RelativeTime } from "@/components/ui/time";
import { useToast } from "@/components/ui/toast";
import { stringifyJson } from "@/lib/exact-json";
import { usePublishWorkflow, useUpdateWorkflow, workflowQuery } from "./api";
import { DefinitionEditor, useDefinition } from "./definition-editor";
import { StartWorkflow } from "./start-workflow";
import { WorkflowMenu } from "./workflow-menu";
import { WorkflowPicture } from "./workflow-picture";

interface Props {
  readonly workflowId: string;
  readonly canWrite: boolean;
  readonly canRun: boolean;
  readonly renderRun: (runId: string) => ReactNode;
}

/** One workflow: its graph, its definition as JSON with findings, whether it accepts triggers, and a run of it. */
export function WorkflowPage({ workflowId, canWrite, canRun, renderRun }: Props) {
  const { data: workflow } = useSuspenseQuery(workflowQuery(workflowId));
  const saved = stringifyJson(workflow.definition, 2);
  const [draft, setDraft] = useState<{ text: string; version: number } | null>(null);
  const text = draft?.text ?? saved;
  const { definition, findings, isValid } = useDefinition(text);
  const isChanged = draft !== null && draft.text !== saved;
  const update = useUpdateWorkflow(workflowId);
  const publish = usePublishWorkflow(workflowId);
  const toast = useToast();
  const marked = new Set(findings.flatMap((each) => (each.severity === "error" && each.node ? [each.node] : [])));
  function save(): void {
    if (!definition || !draft) return;
    update.mutate(
      { definition, version: draft.version },
      {
        onSuccess: (next) => {
          setDraft(null);
          toast.success(`Version ${next.version} is saved.`);
        },
      },
    );
  }
  return (
    <Page
      title={workflow.name}
      description={workflow.description}
      width="wide"
      actions={
        canWrite && (
          <>
            <Switches workflow={workflow} />
            {isChanged && <Button onClick={() => setDraft(null)}>Discard</Button>}
            <Button busy={update.isPending} disabled={!isChanged || !isValid} onClick={save}>
              Save
            </Button>
            <Button
              variant="primary"
              busy={publish.isPending}
              disabled={isChanged || workflow.active_version === workflow.version}
              onClick={() =>
                publish.mutate(undefined, {
                  onSuccess: (next) => toast.success(`Version ${next.active_version} is published.`),
                  onError: toast.danger,
                })
              }
            >
              Publish
            </Button>
            <WorkflowMenu workflow={workflow} />
          </>
        )
      }
    >
      {draft !== null && draft.version !== workflow.version && (
        <Notice tone="warning">
          Another user saved version {workflow.version} in the meantime.{" "}
          <button type="button" className="underline" onClick={() => setDraft(null)}>
            Load it
          </button>
        </Notice>
      )}
      <ErrorNotice error={update.error} />
      <div className="grid items-start gap-4 lg:grid-cols-[minmax(0,3fr)_minmax(0,2fr)]">
        <div className="flex min-w-0 flex-col gap-4">
          <Section title="Graph">
            <WorkflowPicture definition={definition ?? (workflow.definition as JsonObject)} marked={marked} />
          </Section>
          <Section title="Definition" description="A change of what it means is a new version; runs take the published one.">
            <DefinitionEditor
              text={text}
              isReadOnly={!canWrite}
              onChange={(next) => setDraft({ text: next, version: draft?.version ?? workflow.version })}
            />
          </Section>
        </div>
        <div className="flex min-w-0 flex-col gap-4">
          <Section title="Status">
            <Facts workflow={workflow} />
          </Section>
          {canRun && <StartWorkflow key={workflow.version} workflow={workflow} renderRun={renderRun} />}
        </div>
      </div>
    </Page>
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
