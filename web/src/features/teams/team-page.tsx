import { useQuery } from "@tanstack/react-query";
import { History, Rocket } from "lucide-react";
import type { ReactNode } from "react";
import { useState } from "react";
import { isApiError } from "@/api/problem";
import type { Team } from "@/api/types";
import { ReadOnlyNotice } from "@/components/read-only";
import { ServingSection } from "@/components/serving-section";
import { Button } from "@/components/ui/button";
import { Section } from "@/components/ui/card";
import { Field } from "@/components/ui/field";
import { Input, Textarea } from "@/components/ui/input";
import { ErrorNotice, Notice } from "@/components/ui/notice";
import { Page } from "@/components/ui/page";
import { Loaded } from "@/components/ui/page-states";
import { useToast } from "@/components/ui/toast";
import { stringifyJson } from "@/lib/exact-json";
import { teamQuery, useUpdateTeam } from "./api";
import { ModeChoice } from "./mode-choice";
import { ModePicture } from "./mode-picture";
import { modeOf } from "./modes";
import { Roster } from "./roster";
import { changeOf, draftOf, type TeamDraft } from "./team-draft";
import { TeamLimits } from "./team-limits";
import { TeamMenu } from "./team-menu";
import { TeamModel } from "./team-model";
import { type TryRenders, TryTeam } from "./try-team";
import { VersionsPanel } from "./versions-panel";

interface Props extends TryRenders {
  teamId: string;
  canWrite: boolean;
  canRun: boolean;
  chatLink: ReactNode;
  areVersionsOpen: boolean;
  onVersions: (areOpen: boolean) => void;
  onDeployments: () => void;
}

export function TeamPage({ teamId, ...rest }: Props) {
  const team = useQuery({ ...teamQuery(teamId), meta: { live: ["team", "agent"] } });
  return <Loaded query={team}>{(data) => <Builder key={data.id} team={data} {...rest} />}</Loaded>;
}

/** The roster, the mode with its picture, the leader, the limits; and beside them a place to try the team. */
function Builder({ team, ...props }: { team: Team } & Omit<Props, "teamId">) {
  const { canWrite, canRun, chatLink, areVersionsOpen, onVersions, onDeployments, ...renders } = props;
  const toast = useToast();
  const update = useUpdateTeam(team.id);
  const [draft, setDraft] = useState<TeamDraft>(() => draftOf(team));
  const [version, setVersion] = useState(team.version);
  const isChanged = stringifyJson(draft) !== stringifyJson(draftOf(team));
  const isOutdated = team.version !== version && !update.isPending;
  const set = (part: Partial<TeamDraft>) => setDraft((before) => ({ ...before, ...part }));
  const error = update.error;
  const problemOf = (field: string) => (isApiError(error) ? error.fieldMessage(field) : undefined);

  function load(from: Team): void {
    setDraft(draftOf(from));
    setVersion(from.version);
    update.reset();
  }
  function save(): void {
    update.mutate(changeOf(draft, version), {
      onSuccess: (saved) => {
        load(saved);
        toast.success(`Version ${saved.version} is saved.`);
      },
    });
  }
  return (
    <Page
      title={team.name}
      width="wide"
      description={modeOf(draft.type).how}
      actions={
        <>
          {chatLink}
          <Button variant="ghost" icon={History} onClick={() => onVersions(true)}>
            Versions
          </Button>
          <Button variant="ghost" icon={Rocket} onClick={onDeployments}>
            Deployments
          </Button>
          {canWrite && (
            <>
              {isChanged && <Button onClick={() => load(team)}>Discard</Button>}
              <Button variant="primary" busy={update.isPending} disabled={!isChanged} onClick={save}>
                Save
              </Button>
              <TeamMenu team={team} />
            </>
          )}
        </>
      }
    >
      {isOutdated && (
        <Notice tone="warning">
          Another user saved version {team.version} in the meantime.{" "}
          <button type="button" className="underline" onClick={() => load(team)}>
            Load it
          </button>
        </Notice>
      )}
      {!canWrite && <ReadOnlyNotice what="teams" />}
      <ErrorNotice error={error} />
      {team.warnings.map((warning) => (
        <Notice key={warning} tone="warning">
          {warning}
        </Notice>
      ))}
      <div className="grid items-start gap-4 lg:grid-cols-[minmax(0,3fr)_minmax(0,2fr)]">
        <div className="flex min-w-0 flex-col gap-4">
          <Section title="Members" description="Their order is the order of their answers." flush>
            <Roster
              teamId={team.id}
              members={draft.members}
              onChange={(members) => set({ members })}
              isReadOnly={!canWrite}
              problemOf={problemOf}
            />
          </Section>
          <Section title="Mode">
            <div className="flex flex-col gap-4">
              <ModePicture type={draft.type} names={draft.members.map((each) => each.name)} className="mx-auto max-w-md" />
              <ModeChoice value={draft.type} onChange={(type) => set({ type })} disabled={!canWrite} />
            </div>
          </Section>
          <Section title="Leader">
            <div className="flex flex-col gap-4">
              <Field label="Name" required error={problemOf("name")}>
                {(control) => (
                  <Input
                    {...control}
                    maxLength={200}
                    value={draft.name}
                    disabled={!canWrite}
                    onChange={(event) => set({ name: event.target.value })}
                  />
                )}
              </Field>
              <Field label="Description" error={problemOf("description")}>
                {(control) => (
                  <Input
                    {...control}
                    maxLength={4000}
                    value={draft.description}
                    disabled={!canWrite}
                    onChange={(event) => set({ description: event.target.value })}
                  />
                )}
              </Field>
              <Field
                label="Instructions"
                hint="What the leader is told beside the members and the rules of the mode."
                error={problemOf("instructions")}
              >
                {(control) => (
                  <Textarea
                    {...control}
                    rows={5}
                    value={draft.instructions}
                    disabled={!canWrite}
                    onChange={(event) => set({ instructions: event.target.value })}
                  />
                )}
              </Field>
              <TeamModel
                model={draft.config.model}
                disabled={!canWrite}
                onChange={(model) => set({ config: { ...draft.config, model } })}
              />
            </div>
          </Section>
          <TeamLimits
            draft={draft}
            isReadOnly={!canWrite}
            problemOf={problemOf}
            onChange={(config) => set({ config: { ...draft.config, ...config } })}
          />
          <ServingSection
            config={draft.deployment_config}
            onChange={(deployment_config) => set({ deployment_config })}
            isReadOnly={!canWrite}
            problemOf={problemOf}
          />
        </div>
        {canRun && <TryTeam team={team} draft={isChanged ? draft : null} {...renders} />}
      </div>
      {areVersionsOpen && (
        <VersionsPanel
          team={team}
          canWrite={canWrite}
          onClose={() => onVersions(false)}
          onRestored={(restored) => {
            load(restored);
            onVersions(false);
          }}
        />
      )}
    </Page>
  );
}
