import { useQuery } from "@tanstack/react-query";
import { CalendarOff } from "lucide-react";
import { type FormEvent, useState } from "react";
import { isApiError } from "@/api/problem";
import type { MaintenanceWindow } from "@/api/types";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Section } from "@/components/ui/card";
import { type Column, DataTable } from "@/components/ui/data-table";
import { EmptyState } from "@/components/ui/empty-state";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { ErrorNotice } from "@/components/ui/notice";
import { NumberField } from "@/components/ui/number-field";
import { Loaded } from "@/components/ui/page-states";
import { Switch } from "@/components/ui/switch";
import { RelativeTime } from "@/components/ui/time";
import { useToast } from "@/components/ui/toast";
import { useCreateWindow, useDeleteWindow, useEnableWindow, windowList } from "./api";

/** Silences that come again: when, for how long, and whether one is open now. */
export function MaintenanceWindows({ canWrite }: { canWrite: boolean }) {
  const windows = useQuery(windowList);
  return (
    <Section
      title="Maintenance windows"
      description="Recurring silences. Alerts that still fire when a window ends are sent then."
      flush
    >
      {canWrite && <NewWindow />}
      <Loaded query={windows}>
        {({ items }) =>
          items.length === 0 ? (
            <EmptyState icon={CalendarOff} title="No maintenance windows">
              A window sends nothing about matching alerts while you upgrade or restart something.
            </EmptyState>
          ) : (
            <DataTable label="Maintenance windows" rows={items} rowKey={(each) => each.id} columns={columns(canWrite)} />
          )
        }
      </Loaded>
    </Section>
  );
}

function columns(canWrite: boolean): Column<MaintenanceWindow>[] {
  return [
    {
      id: "name",
      header: "Window",
      cell: (each) => (
        <span className="flex flex-wrap items-center gap-1.5">
          {each.name}
          {each.active_until !== null && <Badge tone="warning">Open now</Badge>}
        </span>
      ),
    },
    {
      id: "when",
      header: "When",
      cell: (each) => (
        <span className="text-muted">
          {each.summary}, {each.duration_minutes} min
        </span>
      ),
    },
    {
      id: "next",
      header: "Next",
      hideBelow: "md",
      cell: (each) => (each.next_start === null ? "—" : <RelativeTime at={each.next_start} />),
    },
    {
      id: "actions",
      header: <span className="sr-only">Actions</span>,
      align: "end",
      cell: (each) => canWrite && <Actions window={each} />,
    },
  ];
}

function Actions({ window }: { window: MaintenanceWindow }) {
  const toast = useToast();
  const enable = useEnableWindow();
  const remove = useDeleteWindow();
  const onError = (error: Error) => toast.danger(error);
  return (
    <span className="flex items-center justify-end gap-2">
      <Switch
        label={`Enable ${window.name}`}
        checked={window.enabled}
        onChange={(enabled) => enable.mutate({ id: window.id, enabled }, { onError })}
      />
      <Button
        size="sm"
        variant="danger-ghost"
        aria-label={`Delete ${window.name}`}
        busy={remove.isPending}
        onClick={() => remove.mutate(window.id, { onError })}
      >
        Delete
      </Button>
    </span>
  );
}

function NewWindow() {
  const create = useCreateWindow();
  const [name, setName] = useState("");
  const [cron, setCron] = useState("0 2 * * SUN");
  const [minutes, setMinutes] = useState<number | null>(60);
  const [timezone, setTimezone] = useState(() => Intl.DateTimeFormat().resolvedOptions().timeZone);
  const problemOf = (field: string) => (isApiError(create.error) ? create.error.fieldMessage(field) : undefined);

  function onSubmit(event: FormEvent): void {
    event.preventDefault();
    const body = { name, duration_minutes: minutes ?? 60, recurrence: { cron, timezone } };
    create.mutate(body, { onSuccess: () => setName("") });
  }

  return (
    <form onSubmit={onSubmit} className="flex flex-col gap-2 border-line border-b px-4 py-3" noValidate>
      <div className="flex flex-wrap items-start gap-3">
        <Field label="Name" required className="w-48" error={problemOf("name")}>
          {(control) => (
            <Input {...control} value={name} maxLength={255} onChange={(event) => setName(event.target.value)} />
          )}
        </Field>
        <Field label="Starts (cron)" className="w-40" error={problemOf("recurrence.cron")}>
          {(control) => <Input {...control} value={cron} onChange={(event) => setCron(event.target.value)} />}
        </Field>
        <NumberField label="Duration" unit="minutes" min={1} max={10080} step={1} value={minutes} onChange={setMinutes} />
        <Field label="Time zone" className="w-44" error={problemOf("recurrence.timezone")}>
          {(control) => <Input {...control} value={timezone} onChange={(event) => setTimezone(event.target.value)} />}
        </Field>
        <Button type="submit" className="mt-5.5" busy={create.isPending} disabled={name.trim() === ""}>
          Create window
        </Button>
      </div>
      {!["name", "recurrence.cron", "recurrence.timezone"].some(problemOf) && <ErrorNotice error={create.error} />}
    </form>
  );
}
