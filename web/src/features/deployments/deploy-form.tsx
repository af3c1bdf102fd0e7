import { Rocket } from "lucide-react";
import { type FormEvent, useState } from "react";
import { isApiError } from "@/api/problem";
import type { Deployment } from "@/api/types";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { ErrorNotice } from "@/components/ui/notice";
import { Select } from "@/components/ui/select";
import { type DeployTarget, useDeploy } from "./api";
import { Compared } from "./compared";

interface Props {
  target: DeployTarget;
  current: Deployment | undefined;
}

/** Deploys a version, now or at a time, and shows what it changes for callers. */
export function DeployForm({ target, current }: Props) {
  const deploy = useDeploy();
  const [version, setVersion] = useState<number | null>(null);
  const [note, setNote] = useState("");
  const [at, setAt] = useState("");
  const chosen = version ?? target.version;
  const problem = (field: string) => (isApiError(deploy.error) ? deploy.error.fieldMessage(field) : undefined);
  function onSubmit(event: FormEvent): void {
    event.preventDefault();
    const instant = at === "" ? {} : { deploy_at: new Date(at).toISOString() };
    deploy.mutate(
      { target_type: target.type, target_id: target.id, version: chosen, note: note.trim(), ...instant },
      {
        onSuccess: () => {
          setNote("");
          setAt("");
          setVersion(null);
        },
      },
    );
  }
  return (
    <form
      aria-label="Deploy a version"
      onSubmit={onSubmit}
      className="flex flex-col gap-3 rounded-lg border border-line p-4"
    >
      <div className="grid gap-3 sm:grid-cols-[8rem_minmax(0,1fr)_13rem]">
        <Field label="Version" error={problem("version")}>
          {(control) => (
            <Select {...control} value={chosen} onChange={(event) => setVersion(Number(event.target.value))}>
              {Array.from({ length: Math.min(target.version, 100) }, (_, index) => target.version - index).map((number) => (
                <option key={number} value={number}>
                  {number}
                  {number === target.version ? " (newest)" : ""}
                </option>
              ))}
            </Select>
          )}
        </Field>
        <Field label="Note" error={problem("note")}>
          {(control) => (
            <Input
              {...control}
              maxLength={1000}
              placeholder="Why"
              value={note}
              onChange={(event) => setNote(event.target.value)}
            />
          )}
        </Field>
        <Field label="Deploy at (optional)" error={problem("deploy_at")}>
          {(control) => (
            <Input {...control} type="datetime-local" value={at} onChange={(event) => setAt(event.target.value)} />
          )}
        </Field>
      </div>
      {deploy.error && !(isApiError(deploy.error) && deploy.error.fields.length > 0) ? (
        <ErrorNotice error={deploy.error} />
      ) : null}
      <div className="flex flex-wrap items-center justify-end gap-3">
        <Button type="submit" variant="primary" icon={Rocket} busy={deploy.isPending}>
          {at === "" ? `Deploy version ${chosen}` : `Schedule version ${chosen}`}
        </Button>
      </div>
      {current && current.version !== chosen && <Compared target={target} version={chosen} against={current.version} />}
    </form>
  );
}
