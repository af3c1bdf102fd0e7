import { useQuery } from "@tanstack/react-query";
import { useBlocker } from "@tanstack/react-router";
import { type ReactNode, useEffect, useRef, useState } from "react";
import { isApiError } from "@/api/problem";
import type { Agent } from "@/api/types";
import { ReadOnlyNotice } from "@/components/read-only";
import { ServingSection } from "@/components/serving-section";
import { Button } from "@/components/ui/button";
import { ConfirmDialog } from "@/components/ui/confirm-dialog";
import { ErrorNotice, Notice } from "@/components/ui/notice";
import { useToast } from "@/components/ui/toast";
import { cx } from "@/lib/cx";
import { useUpdateAgent } from "../api";
import { ConnectionSection } from "../connection/connection-section";
import { variableList } from "../variables-api";
import { VersionsPanel } from "../versions/versions-panel";
import { CalleesSection } from "./callees-section";
import { definitionOf } from "./draft";
import { EditorAside, type Pane, PaneSwitch } from "./editor-aside";
import { EditorHeader } from "./editor-header";
import { IdentitySection } from "./identity-section";
import { InstructionsSection } from "./instructions-section";
import { LimitsSection, MemorySection } from "./limits-section";
import { ModelSection } from "./model-section";
import { OutputSection } from "./output-section";
import { RefusedNotice } from "./refused-notice";
import { SaveDialog } from "./save-dialog";
import { SectionIndex } from "./section-index";
import type { SectionProps } from "./section-props";
import { ToolsSection } from "./tools-section";
import { TryIt, type TryItProps } from "./try-it";
import { type Draft, useDraft } from "./use-draft";
import { VariablesSection } from "./variables-section";

export interface AgentEditorProps extends Pick<TryItProps, "renderRun" | "renderRunLink" | "renderRunCost"> {
  agent: Agent;
  canWrite: boolean;
  canRun: boolean;
  pane: Pane;
  onPane: (pane: Pane) => void;
  areVersionsOpen: boolean;
  onVersions: (areOpen: boolean) => void;
  onDeployments: () => void;
  renderChatLink: (children: ReactNode) => ReactNode;
  /** The newest runs of the agent. */
  renderRuns: () => ReactNode;
}

/** The agent at the left, and at the right a trial of it as it would be if the draft were saved, its runs or its API. */
export function AgentEditor(props: AgentEditorProps) {
  const { agent, canWrite, canRun, pane, areVersionsOpen, onVersions, renderChatLink } = props;
  const draft = useDraft(agent);
  const [isReviewing, setIsReviewing] = useState(false);
  const { save, update } = useSave(agent, draft, () => setIsReviewing(false));
  useSaveKey(() => canWrite && draft.isChanged && !update.isPending && save(""));
  return (
    <div className="flex h-full flex-col">
      <EditorHeader
        agent={agent}
        draft={draft}
        isReadOnly={!canWrite}
        isSaving={update.isPending}
        onSave={() => save("")}
        onReview={() => setIsReviewing(true)}
        onVersions={() => onVersions(true)}
        onDeployments={props.onDeployments}
        renderChatLink={renderChatLink}
      />
      <PaneSwitch agent={agent} canRun={canRun} pane={pane} onPane={props.onPane} />
      <div className="flex min-h-0 flex-1">
        <div className={cx("min-w-0 flex-1 overflow-y-auto px-4 pb-16 sm:px-6", pane !== "define" && "max-lg:hidden")}>
          <Definition {...props} draft={draft} problem={update.error} />
        </div>
        <EditorAside
          agent={agent}
          canRun={canRun}
          pane={pane}
          onPane={props.onPane}
          onDeployments={props.onDeployments}
          renderRuns={props.renderRuns}
          trial={<TryIt {...props} draft={draft} />}
        />
      </div>
      {isReviewing && (
        <SaveDialog
          before={definitionOf(agent)}
          after={draft.definition}
          version={agent.version + 1}
          isSaving={update.isPending}
          error={update.error}
          onSave={save}
          onClose={() => setIsReviewing(false)}
        />
      )}
      {areVersionsOpen && (
        <VersionsPanel
          agent={agent}
          canWrite={canWrite}
          onClose={() => onVersions(false)}
          onRestored={(restored) => {
            draft.reset(restored);
            onVersions(false);
          }}
        />
      )}
      <LeaveGuard isChanged={draft.isChanged} />
    </div>
  );
}

function Definition({ agent, canWrite, draft, problem }: AgentEditorProps & { draft: Draft; problem: unknown }) {
  const variables = useQuery(variableList(agent.id));
  const [adding, setAdding] = useState<string | null>(null);
  const hasFieldProblem = isApiError(problem) && problem.fields.length > 0;
  const section: SectionProps = {
    draft,
    isReadOnly: !canWrite,
    problemOf: (field) => (isApiError(problem) ? problem.fieldMessage(field) : undefined),
  };
  return (
    <div className="mx-auto flex max-w-3xl flex-col gap-4">
      <SectionIndex isExternal={agent.runtime === "external"} />
      {!canWrite && <ReadOnlyNotice what="agents" />}
      <Messages agent={agent} draft={draft} />
      {problem ? (
        <ErrorNotice error={hasFieldProblem ? new Error("Some fields are invalid. Check the marked fields.") : problem} />
      ) : null}
      <IdentitySection {...section} seed={agent.id} />
      {agent.runtime === "external" && <ConnectionSection agent={agent} />}
      <InstructionsSection {...section} variables={variables.data?.items ?? []} onAddVariable={setAdding} />
      <ModelSection {...section} />
      <ToolsSection {...section} />
      <CalleesSection {...section} agentId={agent.id} />
      <OutputSection {...section} />
      <VariablesSection
        agentId={agent.id}
        definition={draft.definition}
        isReadOnly={!canWrite}
        adding={adding}
        onAdding={setAdding}
      />
      <LimitsSection {...section} />
      <MemorySection {...section} />
      <ServingSection
        config={draft.definition.deployment_config}
        onChange={(deployment_config) => draft.set({ deployment_config })}
        isReadOnly={section.isReadOnly}
        problemOf={section.problemOf}
      />
    </div>
  );
}

function Messages({ agent, draft }: { agent: Agent; draft: Draft }) {
  return (
    <>
      {draft.isOutdated && (
        <Notice tone="warning">
          Version {agent.version} was saved after the version you started from.{" "}
          <span className="mt-1.5 flex flex-wrap gap-2">
            <Button size="sm" onClick={() => draft.reset()}>
              Discard my changes
            </Button>
            <Button size="sm" onClick={draft.rebase}>
              Keep my changes
            </Button>
          </span>
        </Notice>
      )}
      {(agent.status === "error" || agent.status === "paused") && agent.status_reason && (
        <Notice tone={agent.status === "error" ? "danger" : "warning"}>{agent.status_reason}</Notice>
      )}
      <RefusedNotice agentId={agent.id} />
      {agent.warnings.length > 0 && (
        <Notice tone="warning">
          <ul className="flex flex-col gap-0.5">
            {agent.warnings.map((warning) => (
              <li key={warning}>{warning}</li>
            ))}
          </ul>
        </Notice>
      )}
    </>
  );
}

function useSave(agent: Agent, draft: Draft, onSaved: () => void) {
  const toast = useToast();
  const update = useUpdateAgent(agent.id);
  function save(note: string): void {
    const sent = draft.definition;
    const body = { ...draft.changes, version: draft.baseVersion, ...(note ? { note } : {}) };
    update.mutate(body, {
      onSuccess: (saved) => {
        draft.taken(saved, sent);
        onSaved();
        toast.success(`Saved as version ${saved.version}.`);
      },
    });
  }
  return { save, update };
}

/** Ctrl or ⌘ with S saves; with Enter it goes to the trial. */
function useSaveKey(onSave: () => void): void {
  const latest = useRef(onSave);
  latest.current = onSave;
  useEffect(() => {
    function onKey(event: KeyboardEvent): void {
      if (!(event.ctrlKey || event.metaKey) || event.altKey) return;
      if (event.key.toLowerCase() === "s") {
        event.preventDefault();
        latest.current();
      } else if (event.key === "Enter") {
        event.preventDefault();
        document.querySelector<HTMLElement>("[data-trial]")?.focus();
      }
    }
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, []);
}

/** Nobody loses what was written by a wrong click. */
function LeaveGuard({ isChanged }: { isChanged: boolean }) {
  const blocker = useBlocker({
    shouldBlockFn: ({ current, next }) => isChanged && current.pathname !== next.pathname,
    enableBeforeUnload: isChanged,
    withResolver: true,
  });
  return (
    <ConfirmDialog
      open={blocker.status === "blocked"}
      onOpenChange={(isOpen) => !isOpen && blocker.reset?.()}
      title="Leave without saving?"
      confirmLabel="Leave"
      onConfirm={() => blocker.proceed?.()}
    >
      Your changes to this agent are discarded.
    </ConfirmDialog>
  );
}
