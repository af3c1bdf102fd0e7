import { useInfiniteQuery } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { ErrorNotice } from "@/components/ui/notice";
import { NumberField } from "@/components/ui/number-field";
import { Select } from "@/components/ui/select";
import { ruleList, useCreateSilence } from "./api";

const HOUR_MS = 3_600_000;

export function NewSilence() {
  const rules = useInfiniteQuery(ruleList);
  const create = useCreateSilence();
  const [configId, setConfigId] = useState("");
  const [hours, setHours] = useState<number | null>(1);
  const [reason, setReason] = useState("");

  function onSubmit(event: FormEvent): void {
    event.preventDefault();
    const ends_at = new Date(Date.now() + (hours ?? 1) * HOUR_MS).toISOString();
    const rule = configId === "" ? {} : { config_id: configId };
    create.mutate({ ends_at, reason, ...rule }, { onSuccess: () => setReason("") });
  }

  return (
    <form onSubmit={onSubmit} className="flex flex-col gap-2" noValidate>
      <div className="flex flex-wrap items-end gap-3">
        <Field label="Rule" className="w-56">
          {(control) => (
            <Select {...control} className="w-full" value={configId} onChange={(event) => setConfigId(event.target.value)}>
              <option value="">All rules</option>
              {rules.data?.pages
                .flatMap((page) => page.items)
                .map((rule) => (
                  <option key={rule.id} value={rule.id}>
                    {rule.name}
                  </option>
                ))}
            </Select>
          )}
        </Field>
        <NumberField label="For" unit="hours" min={1} max={720} step={1} value={hours} onChange={setHours} />
        <Field label="Reason" className="w-64">
          {(control) => (
            <Input {...control} value={reason} maxLength={1000} onChange={(event) => setReason(event.target.value)} />
          )}
        </Field>
        <Button type="submit" busy={create.isPending}>
          Create silence
        </Button>
      </div>
      <ErrorNotice error={create.error} />
    </form>
  );
}
