import { useQuery } from "@tanstack/react-query";
import { ArrowUp, Plus, Trash2 } from "lucide-react";
import { type FormEvent, type ReactNode, useState } from "react";
import { api, unwrap } from "@/api/client";
import type { Team, TeamType } from "@/api/types";
import { Button, IconButton } from "@/components/ui/button";
import { Section } from "@/components/ui/card";
import { Checkbox } from "@/components/ui/checkbox";
import { Field } from "@/components/ui/field";
import { Textarea } from "@/components/ui/input";
import { ErrorNotice } from "@/components/ui/notice";
import { Page } from "@/components/ui/page";
import { Loaded } from "@/components/ui/page-states";
import { Select } from "@/components/ui/select";
import { newKey } from "@/lib/new-key";
import { teamQuery } from "./api";
import { firstVariants, MOST_VARIANTS, teamDraftOf, type Variant } from "./comparison";
import { ModePicture } from "./mode-picture";
import { MODES, modeOf } from "./modes";
import { draftOf } from "./team-draft";

interface Renders {
  readonly renderRun: (runId: string) => ReactNode;
  readonly renderLanes: (runId: string) => ReactNode;
  readonly renderFigures: (runId: string) => ReactNode;
  readonly renderRunLink: (runId: string, children: ReactNode, className: string) => ReactNode;
}

interface Props extends Renders {
  readonly teamId: string;
  readonly renderTeamLink: (children: ReactNode) => ReactNode;
}

/** One request through several modes and rosters of a team, side by side. Nothing of it is saved. */
export function TeamComparison({ teamId, ...rest }: Props) {
  const team = useQuery(teamQuery(teamId));
  return <Loaded query={team}>{(data) => <Laboratory key={data.id} team={data} {...rest} />}</Loaded>;
}

function Laboratory({ team, renderTeamLink, ...renders }: { readonly team: Team } & Omit<Props, "teamId">) {
  const [variants, setVariants] = useState<Variant[]>(() => firstVariants(team));
  const [text, setText] = useState("");
  const [asked, setAsked] = useState<{ prompt: string; round: number } | null>(null);
  const isReady = text.trim() !== "" && variants.every((variant) => variant.members.length > 0);
  const change = (id: number, part: Partial<Variant>) =>
    setVariants((before) => before.map((each) => (each.id === id ? { ...each, ...part } : each)));
  function add(): void {
    const free = MODES.find((mode) => !variants.some((each) => each.type === mode.value));
    const id = Math.max(...variants.map((each) => each.id)) + 1;
    const members = draftOf(team).members.map((member) => member.key);
    setVariants([...variants, { id, type: free?.value ?? team.type, members }]);
  }
  function onSubmit(event: FormEvent): void {
    event.preventDefault();
    if (isReady) setAsked({ prompt: text, round: (asked?.round ?? 0) + 1 });
  }
  return (
    <Page
      title={`Compare ${team.name}`}
      description="One request through several modes and rosters, side by side. Nothing is saved; each run costs what its models cost."
      width="wide"
      actions={renderTeamLink("Back to the team")}
    >
      <form onSubmit={onSubmit} className="flex flex-col gap-3">
        <Field label="Request" hideLabel>
          {(control) => (
            <Textarea
              {...control}
              rows={2}
              placeholder="A question to the team"
              value={text}
              onChange={(event) => setText(event.target.value)}
            />
          )}
        </Field>
        <div className="flex flex-wrap gap-2">
          <Button type="submit" variant="primary" icon={ArrowUp} disabled={!isReady}>
            Run all
          </Button>
          {variants.length < MOST_VARIANTS && (
            <Button icon={Plus} onClick={add}>
              Add a variant
            </Button>
          )}
        </div>
      </form>
      <div className="grid items-start gap-4 md:grid-cols-2 2xl:grid-cols-4">
        {variants.map((variant, index) => (
          <Column
            key={variant.id}
            number={index + 1}
            team={team}
            variant={variant}
            asked={asked}
            onChange={(part) => change(variant.id, part)}
            onRemove={variants.length > 1 ? () => setVariants(variants.filter((each) => each.id !== variant.id)) : undefined}
            {...renders}
          />
        ))}
      </div>
    </Page>
  );
}

interface ColumnProps extends Renders {
  readonly number: number;
  readonly team: Team;
  readonly variant: Variant;
  readonly asked: { readonly prompt: string; readonly round: number } | null;
  readonly onChange: (part: Partial<Variant>) => void;
  readonly onRemove: (() => void) | undefined;
}

/** One variant, and below it how it answered. */
function Column({ number, team, variant, asked, onChange, onRemove, ...renders }: ColumnProps) {
  const members = draftOf(team).members;
  const names = members.filter((each) => variant.members.includes(each.key)).map((each) => each.name);
  const toggle = (key: string) =>
    onChange({
      members: variant.members.includes(key) ? variant.members.filter((each) => each !== key) : [...variant.members, key],
    });
  return (
    <Section
      title={`Variant ${number}`}
      actions={onRemove && <IconButton label={`Remove variant ${number}`} icon={Trash2} size="sm" onClick={onRemove} />}
    >
      <div className="flex flex-col gap-3">
        <Field label={`Mode of variant ${number}`} hideLabel>
          {(control) => (
            <Select
              {...control}
              value={variant.type}
              onChange={(event) => onChange({ type: event.target.value as TeamType })}
            >
              {MODES.map((mode) => (
                <option key={mode.value} value={mode.value}>
                  {mode.label}
                </option>
              ))}
            </Select>
          )}
        </Field>
        <ModePicture type={variant.type} names={names} className="mx-auto w-full max-w-64" />
        <fieldset className="flex flex-wrap gap-x-4 gap-y-1">
          <legend className="sr-only">Members of variant {number}</legend>
          {members.map((each) => (
            <Checkbox
              key={each.key}
              label={each.name}
              checked={variant.members.includes(each.key)}
              onChange={() => toggle(each.key)}
            />
          ))}
        </fieldset>
        {asked && <Answer key={asked.round} team={team} variant={variant} prompt={asked.prompt} {...renders} />}
      </div>
    </Section>
  );
}

interface AnswerProps extends Renders {
  readonly team: Team;
  readonly variant: Variant;
  readonly prompt: string;
}

/** Starts a run of the variant as it was when all were run, and shows it. */
function Answer({ team, variant, prompt, renderRun, renderLanes, renderFigures, renderRunLink }: AnswerProps) {
  const [first] = useState({ variant, key: newKey() });
  const start = useQuery({
    queryKey: ["teams", "comparison", first.key],
    queryFn: () =>
      unwrap(
        api.POST("/api/v1/runs", {
          params: { header: { "Idempotency-Key": first.key } },
          body: {
            type: "team",
            playground: true,
            target_id: team.id,
            input: { prompt },
            team_draft: teamDraftOf(team, first.variant),
          },
        }),
      ),
    retry: false,
    staleTime: Number.POSITIVE_INFINITY,
    refetchOnWindowFocus: false,
  });
  if (start.isError) return <ErrorNotice error={start.error} />;
  if (!start.data) return null;
  const runId = start.data.id;
  return (
    <section
      aria-label={`Answer of ${modeOf(first.variant.type).label}`}
      className="flex flex-col gap-3 border-line border-t pt-3"
    >
      {renderFigures(runId)}
      {renderRun(runId)}
      {renderLanes(runId)}
      <p className="text-xs">{renderRunLink(runId, "Open the run", "rounded text-accent-text hover:underline")}</p>
    </section>
  );
}
