import { useMutation } from "@tanstack/react-query";
import { ArrowUp, FlaskConical, Split } from "lucide-react";
import { type FormEvent, type ReactNode, useState } from "react";
import { api, unwrap } from "@/api/client";
import type { Team } from "@/api/types";
import { Button } from "@/components/ui/button";
import { Section } from "@/components/ui/card";
import { Field } from "@/components/ui/field";
import { Textarea } from "@/components/ui/input";
import { ErrorNotice, Notice } from "@/components/ui/notice";
import { newKey } from "@/lib/new-key";
import { useRoutePreview } from "./api";
import { requestOf } from "./comparison";
import type { TeamDraft } from "./team-draft";

export interface TryRenders {
  renderRun: (runId: string, onOver: () => void) => ReactNode;
  renderLanes: (runId: string) => ReactNode;
  renderRunLink: (runId: string, children: ReactNode, className: string) => ReactNode;
  renderComparisonLink: (children: ReactNode, className: string) => ReactNode;
}

interface Props extends TryRenders {
  team: Team;
  /** What is edited and not saved. */
  draft: TeamDraft | null;
}

/** One request to the team, unsaved changes included, with its members' work as lanes; a routing team also says who would answer. */
export function TryTeam({ team, draft, renderRun, renderLanes, renderRunLink, renderComparisonLink }: Props) {
  const [prompt, setPrompt] = useState("");
  const start = useMutation({
    mutationFn: () =>
      unwrap(
        api.POST("/api/v1/runs", {
          params: { header: { "Idempotency-Key": newKey() } },
          body: {
            type: "team",
            playground: true,
            target_id: team.id,
            input: { prompt },
            ...(draft ? { team_draft: requestOf(draft) } : {}),
          },
        }),
      ),
  });
  const preview = useRoutePreview(team.id);
  const isEmpty = prompt.trim() === "";
  function onSubmit(event: FormEvent): void {
    event.preventDefault();
    if (!isEmpty) start.mutate();
  }
  const run = start.data;
  return (
    <Section
      title="Try it"
      description={draft ? "With your unsaved changes." : "As it is saved."}
      actions={renderComparisonLink("Compare modes", "rounded text-accent-text text-xs hover:underline")}
      className="lg:sticky lg:top-4"
    >
      <form onSubmit={onSubmit} className="flex flex-col gap-3">
        <Field label="Request" hideLabel>
          {(control) => (
            <Textarea
              {...control}
              rows={3}
              placeholder="A question to the team"
              value={prompt}
              onChange={(event) => {
                setPrompt(event.target.value);
                preview.reset();
              }}
            />
          )}
        </Field>
        <div className="flex flex-wrap gap-2">
          <Button type="submit" variant="primary" icon={ArrowUp} busy={start.isPending} disabled={isEmpty}>
            Run
          </Button>
          {team.type === "route" && (
            <Button icon={Split} busy={preview.isPending} disabled={isEmpty} onClick={() => preview.mutate(prompt)}>
              Who would answer?
            </Button>
          )}
        </div>
        <ErrorNotice error={start.error ?? preview.error} />
        {preview.data && <Chosen preview={preview.data} />}
      </form>
      {run ? (
        <div className="mt-4 flex flex-col gap-3 border-line border-t pt-4">
          {renderLanes(run.id)}
          {renderRun(run.id, () => undefined)}
          <p className="text-xs">{renderRunLink(run.id, "Open the run", "rounded text-accent-text hover:underline")}</p>
        </div>
      ) : (
        <p className="mt-4 flex items-center gap-2 text-muted text-xs">
          <FlaskConical aria-hidden className="size-3.5" /> Runs from here are marked as playground runs.
        </p>
      )}
    </Section>
  );
}

function Chosen({
  preview,
}: {
  preview: { member: { name: string } | null; confidence: number | null; reason: string | null };
}) {
  const sure = preview.confidence === null ? "" : `, ${Math.round(preview.confidence * 100)} % sure`;
  return (
    <Notice tone={preview.member ? "info" : "warning"}>
      {preview.member ? `${preview.member.name} would answer${sure}.` : "The leader chose no member."}
      {preview.reason && ` ${preview.reason}`}
    </Notice>
  );
}
