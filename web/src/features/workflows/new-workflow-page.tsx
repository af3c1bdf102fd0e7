import { useState } from "react";
import type { Workflow } from "@/api/types";
import { Button } from "@/components/ui/button";
import { Section } from "@/components/ui/card";
import { ErrorNotice } from "@/components/ui/notice";
import { Page } from "@/components/ui/page";
import { stringifyJson } from "@/lib/exact-json";
import { useCreateWorkflow } from "./api";
import { DefinitionEditor, useDefinition } from "./definition-editor";
import { STARTERS, type Starter } from "./starters";
import { WorkflowPicture } from "./workflow-picture";

const FIRST = STARTERS[0] as Starter;

/** A workflow begins from a definition that works, and is changed as JSON. */
export function NewWorkflowPage({ onCreated }: { readonly onCreated: (workflow: Workflow) => void }) {
  const create = useCreateWorkflow();
  const [text, setText] = useState(() => stringifyJson(FIRST.definition, 2));
  const { definition, findings, isValid } = useDefinition(text);
  const marked = new Set(findings.flatMap((each) => (each.severity === "error" && each.node ? [each.node] : [])));
  return (
    <Page
      title="New workflow"
      description="A graph of agents, tools and decisions, written as JSON."
      width="wide"
      actions={
        <Button
          variant="primary"
          busy={create.isPending}
          disabled={!isValid}
          onClick={() => definition && create.mutate(definition, { onSuccess: onCreated })}
        >
          Create workflow
        </Button>
      }
    >
      <ErrorNotice error={create.error} />
      <div className="grid items-start gap-4 lg:grid-cols-2">
        <Section
          title="Definition"
          actions={
            <span className="flex flex-wrap items-center gap-1.5 text-muted text-xs">
              Begin from:
              {STARTERS.map((starter) => (
                <Button key={starter.name} size="sm" onClick={() => setText(stringifyJson(starter.definition, 2))}>
                  {starter.name}
                </Button>
              ))}
            </span>
          }
        >
          <DefinitionEditor text={text} onChange={setText} />
        </Section>
        <Section title="Graph">{definition && <WorkflowPicture definition={definition} marked={marked} />}</Section>
      </div>
    </Page>
  );
}
