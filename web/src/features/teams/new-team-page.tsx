import { type FormEvent, useState } from "react";
import { isApiError } from "@/api/problem";
import type { Team, TeamType } from "@/api/types";
import { Button } from "@/components/ui/button";
import { Section } from "@/components/ui/card";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { ErrorNotice } from "@/components/ui/notice";
import { Page } from "@/components/ui/page";
import { useCreateTeam } from "./api";
import { ModeChoice } from "./mode-choice";
import { ModePicture } from "./mode-picture";

const EXAMPLES: readonly { name: string; type: TeamType }[] = [
  { name: "Support desk", type: "route" },
  { name: "Research desk", type: "coordinate" },
  { name: "Review board", type: "collaborate" },
];

/** A team begins with a name and a mode; members are added in the builder. */
export function NewTeamPage({ onCreated }: { onCreated: (team: Team) => void }) {
  const create = useCreateTeam();
  const [name, setName] = useState("");
  const [type, setType] = useState<TeamType>("coordinate");
  const problem = isApiError(create.error) ? create.error.fieldMessage("name") : undefined;
  function onSubmit(event: FormEvent): void {
    event.preventDefault();
    if (name.trim() !== "") create.mutate({ name, type }, { onSuccess: onCreated });
  }
  return (
    <Page title="New team" description="A name and a mode; members are added next." width="form">
      <Section title="Team">
        <form onSubmit={onSubmit} className="flex flex-col gap-4">
          <Field label="Name" required error={problem}>
            {(control) => (
              <Input
                {...control}
                autoFocus
                maxLength={200}
                placeholder="Support desk"
                value={name}
                onChange={(event) => setName(event.target.value)}
              />
            )}
          </Field>
          <p className="flex flex-wrap items-center gap-1.5 text-muted text-xs">
            Begin from:
            {EXAMPLES.map((example) => (
              <Button
                key={example.name}
                size="sm"
                onClick={() => {
                  setName(example.name);
                  setType(example.type);
                }}
              >
                {example.name}
              </Button>
            ))}
          </p>
          <ModeChoice value={type} onChange={setType} />
          <ModePicture type={type} names={["Member 1", "Member 2", "Member 3"]} className="mx-auto max-w-md" />
          {!problem && <ErrorNotice error={create.error} />}
          <div>
            <Button type="submit" variant="primary" busy={create.isPending} disabled={name.trim() === ""}>
              Create team
            </Button>
          </div>
        </form>
      </Section>
    </Page>
  );
}
