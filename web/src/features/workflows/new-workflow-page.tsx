import { useQuery } from "@tanstack/react-query";
import { FileInput } from "lucide-react";
import { lazy, Suspense, useMemo, useState } from "react";
import type { Workflow } from "@/api/types";
import { Button } from "@/components/ui/button";
import { Section } from "@/components/ui/card";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { ErrorNotice, Notice } from "@/components/ui/notice";
import { Page } from "@/components/ui/page";
import { Select } from "@/components/ui/select";
import { Skeleton } from "@/components/ui/skeleton";
import { cx } from "@/lib/cx";
import { choicesQuery, useCreateWorkflow } from "./api";
import { ImportDialog } from "./import-dialog";
import { STARTERS, type Starter, startedWith } from "./starters";

const Canvas = lazy(() => import("./canvas/canvas"));
const FIRST = STARTERS[0] as Starter;
const WHOLE: readonly string[] = [];
const ignore = () => {};

/** A workflow starts from a definition that works, and is edited from there. */
export function NewWorkflowPage({ onCreated }: { readonly onCreated: (workflow: Workflow) => void }) {
  const create = useCreateWorkflow();
  const [starter, setStarter] = useState(FIRST);
  const [name, setName] = useState("");
  const [chosen, setChosen] = useState("");
  const [isImporting, setIsImporting] = useState(false);
  const needsAgent = starter.agent !== undefined;
  const agents = useQuery({ ...choicesQuery("agent"), enabled: needsAgent });
  const agent = agents.data?.find((each) => each.id === chosen) ?? agents.data?.[0];
  const definition = useMemo(
    () => startedWith(starter, name, agent ? { id: agent.id } : { name: "" }),
    [starter, name, agent],
  );
  return (
    <Page
      title="New workflow"
      description="Choose a definition to start from; everything in it can be changed."
      width="wide"
      actions={
        <>
          <Button icon={FileInput} onClick={() => setIsImporting(true)}>
            Import graph
          </Button>
          <Button
            variant="primary"
            busy={create.isPending}
            disabled={needsAgent && !agent}
            onClick={() => create.mutate(definition, { onSuccess: onCreated })}
          >
            Create workflow
          </Button>
        </>
      }
    >
      <ErrorNotice error={create.error} />
      {isImporting && <ImportDialog onCreated={onCreated} onClose={() => setIsImporting(false)} />}
      <div className="grid items-start gap-4 lg:grid-cols-[minmax(0,2fr)_minmax(0,3fr)]">
        <div className="flex flex-col gap-4">
          <Field label="Name">
            {(control) => (
              <Input
                {...control}
                placeholder={String(starter.definition.name)}
                value={name}
                onChange={(event) => setName(event.target.value)}
              />
            )}
          </Field>
          <fieldset className="grid gap-2 sm:grid-cols-2 lg:grid-cols-1 xl:grid-cols-2">
            <legend className="mb-1 font-medium text-fg text-xs">Start from</legend>
            {STARTERS.map((each) => (
              <label
                key={each.name}
                className={cx(
                  "flex cursor-pointer flex-col rounded-lg border bg-surface px-3 py-2.5 transition-colors has-focus-visible:outline-2 has-focus-visible:outline-focus",
                  each === starter ? "border-accent ring-1 ring-accent" : "border-line hover:border-line-strong",
                )}
              >
                <span className="flex items-center gap-2">
                  <input
                    type="radio"
                    name="starter"
                    className="accent-accent"
                    checked={each === starter}
                    onChange={() => setStarter(each)}
                  />
                  <span className="font-medium text-fg text-sm">{each.name}</span>
                </span>
                <span className="mt-0.5 text-muted text-xs">{each.description}</span>
              </label>
            ))}
          </fieldset>
          {needsAgent && agents.data?.length === 0 && (
            <Notice tone="warning">This starter needs an agent, and there is none yet. Create an agent first.</Notice>
          )}
          {needsAgent && agent && (
            <Field label="Agent">
              {(control) => (
                <Select {...control} value={agent.id} onChange={(event) => setChosen(event.target.value)}>
                  {agents.data?.map((each) => (
                    <option key={each.id} value={each.id}>
                      {each.name}
                    </option>
                  ))}
                </Select>
              )}
            </Field>
          )}
        </div>
        <Section title="Graph" flush>
          <div className="h-[28rem] overflow-hidden rounded-b-xl">
            <Suspense fallback={<Skeleton className="size-full" />}>
              <Canvas key={starter.name} definition={definition} scope={WHOLE} selection={null} onSelect={ignore} />
            </Suspense>
          </div>
        </Section>
      </div>
    </Page>
  );
}
