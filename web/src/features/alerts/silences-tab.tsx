import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { BellOff } from "lucide-react";
import type { AlertSilence } from "@/api/types";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { type Column, DataTable } from "@/components/ui/data-table";
import { EmptyState } from "@/components/ui/empty-state";
import { LoadMore } from "@/components/ui/load-more";
import { Loaded } from "@/components/ui/page-states";
import { RelativeTime, useNow } from "@/components/ui/time";
import { useToast } from "@/components/ui/toast";
import { ruleAgents, ruleList, silenceList, useEndSilence } from "./api";
import { MaintenanceWindows } from "./maintenance-windows";
import { NewSilence } from "./new-silence";
import { Severity } from "./severity";

export function SilencesTab({ canWrite }: { canWrite: boolean }) {
  const silences = useInfiniteQuery(silenceList);
  const rules = useInfiniteQuery(ruleList);
  const agents = useQuery(ruleAgents);
  const names = new Map<string, string>();
  for (const rule of rules.data?.pages.flatMap((page) => page.items) ?? []) names.set(rule.id, rule.name);
  for (const agent of agents.data?.items ?? []) names.set(agent.id, agent.name);
  return (
    <div className="flex flex-col gap-4">
      {canWrite && <NewSilence />}
      <Card>
        <Loaded query={silences}>
          {(data) => {
            const rows = data.pages.flatMap((page) => page.items);
            if (rows.length === 0) {
              return (
                <EmptyState icon={BellOff} title="No silences">
                  During a silence, matching alerts fire but nothing is sent about them.
                </EmptyState>
              );
            }
            return <DataTable label="Silences" rows={rows} rowKey={(each) => each.id} columns={columns(canWrite, names)} />;
          }}
        </Loaded>
        <LoadMore query={silences} />
      </Card>
      <MaintenanceWindows canWrite={canWrite} />
    </div>
  );
}

function columns(canWrite: boolean, names: ReadonlyMap<string, string>): Column<AlertSilence>[] {
  return [
    { id: "what", header: "Silences", cell: (each) => <Matchers silence={each} names={names} /> },
    {
      id: "reason",
      header: "Reason",
      hideBelow: "md",
      cell: (each) => <span className="text-muted">{each.reason || "—"}</span>,
    },
    { id: "ends", header: "Ends", cell: (each) => <RelativeTime at={each.ends_at} /> },
    { id: "hidden", header: "Hides now", align: "end", cell: (each) => each.hidden_count },
    {
      id: "actions",
      header: <span className="sr-only">Actions</span>,
      align: "end",
      cell: (each) => canWrite && <End silence={each} />,
    },
  ];
}

function Matchers({ silence, names }: { silence: AlertSilence; names: ReadonlyMap<string, string> }) {
  const parts = [silence.config_id, silence.agent_id]
    .filter((each) => each !== null)
    .map((id) => names.get(id) ?? "deleted");
  if (silence.alert_id !== null) parts.push(silence.ends_when_resolved ? "One alert, until it is resolved" : "One alert");
  if (silence.tag !== null) parts.push(`Tag ${silence.tag}`);
  return (
    <span className="flex flex-wrap items-center gap-1.5">
      {parts.length === 0 && silence.severity === null ? "All alerts" : parts.join(" · ")}
      {silence.severity !== null && <Severity severity={silence.severity} />}
    </span>
  );
}

function End({ silence }: { silence: AlertSilence }) {
  const toast = useToast();
  const end = useEndSilence();
  const now = useNow();
  if (Date.parse(silence.ends_at) <= now) return null;
  return (
    <Button
      size="sm"
      variant="ghost"
      busy={end.isPending}
      onClick={() => end.mutate(silence.id, { onError: (error) => toast.danger(error) })}
    >
      End now
    </Button>
  );
}
