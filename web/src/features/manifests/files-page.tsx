import { type ChangeEvent, useState } from "react";
import { useCan } from "@/api/session";
import type { ApplyFiles } from "@/api/types";
import { Button } from "@/components/ui/button";
import { Section } from "@/components/ui/card";
import { ErrorNotice, Notice } from "@/components/ui/notice";
import { useToast } from "@/components/ui/toast";
import { download } from "@/lib/download";
import { useApply, useExport, usePlan } from "./api";
import { PlanView } from "./plan-view";

export function FilesPage() {
  const canWrite = useCan()("agents:write");
  return (
    <>
      <Export />
      {canWrite && <Import />}
    </>
  );
}

function Export() {
  const toast = useToast();
  const fetched = useExport();
  const warnings = fetched.data?.warnings ?? [];
  const secrets = fetched.data?.files.filter((file) => file.secrets.length > 0) ?? [];

  function onExport(): void {
    fetched.mutate(
      {},
      {
        onSuccess: ({ files }) => {
          download("retinue.yaml", files.map((file) => file.text).join("---\n"));
          toast.success(`${files.length} resources exported.`);
        },
      },
    );
  }

  return (
    <Section title="Export" description="All resources as one YAML file. The command retinue export writes one file each.">
      <div className="flex flex-col items-start gap-3">
        <Button busy={fetched.isPending} onClick={onExport}>
          Export as YAML
        </Button>
        <ErrorNotice error={fetched.error} />
        {warnings.map((warning) => (
          <Notice key={warning} tone="warning">
            {warning}
          </Notice>
        ))}
        {secrets.length > 0 && (
          <Notice>
            Secrets are left out: {secrets.map((file) => `${file.name} (${file.secrets.join(", ")})`).join("; ")}.
          </Notice>
        )}
      </div>
    </Section>
  );
}

function Import() {
  const toast = useToast();
  const plan = usePlan();
  const apply = useApply();
  const [files, setFiles] = useState<ApplyFiles["files"]>([]);

  async function onChoose(event: ChangeEvent<HTMLInputElement>): Promise<void> {
    const chosen = [...(event.target.files ?? [])];
    event.target.value = "";
    if (chosen.length === 0) return;
    const read = await Promise.all(chosen.map(async (file) => ({ path: file.name, text: await file.text() })));
    setFiles(read);
    apply.reset();
    plan.mutate(read);
  }

  function onApply(): void {
    if (!plan.data) return;
    apply.mutate(
      { files, digest: plan.data.digest },
      {
        onSuccess: () => {
          toast.success("Applied.");
          plan.reset();
        },
      },
    );
  }

  const shown = plan.data ?? apply.data;
  const canApply =
    plan.data && plan.data.problems.length === 0 && plan.data.changes.some((each) => each.action !== "unchanged");
  return (
    <Section title="Import" description="Choose YAML files. You see what they change before anything is changed.">
      <div className="flex flex-col gap-4">
        <label className="flex flex-col gap-1.5 font-medium text-sm">
          Files
          <input
            type="file"
            accept=".yaml,.yml,application/yaml"
            multiple
            onChange={(event) => void onChoose(event)}
            className="max-w-full text-muted text-sm file:mr-3 file:h-8 file:cursor-pointer file:rounded-md file:border file:border-line-strong file:bg-surface file:px-3 file:text-fg"
          />
        </label>
        <ErrorNotice error={plan.error ?? apply.error} />
        {shown && <PlanView plan={shown} />}
        {canApply && (
          <div>
            <Button variant="primary" busy={apply.isPending} onClick={onApply}>
              Apply changes
            </Button>
          </div>
        )}
      </div>
    </Section>
  );
}
