import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { DashboardTeam } from "@/api/types";
import { AgentIcon } from "@/components/agent-icon";
import { Section } from "@/components/ui/card";
import { StatusBadge } from "@/components/ui/status-badge";
import { RelativeTime } from "@/components/ui/time";
import { dashboardQuery } from "./api";
import { factsOf } from "./facts";
import type { HomeRange } from "./ranges";

/** The most active teams with their runs in the window and their deployment; nothing where there are no teams. */
export function TeamSection({ range }: { readonly range: HomeRange }) {
  const teams = useQuery(dashboardQuery(range)).data?.teams ?? [];
  if (teams.length === 0) return null;
  const all = (
    <Link to="/teams" className="text-accent-text text-xs underline-offset-2 hover:underline">
      Show all<span className="sr-only"> teams</span>
    </Link>
  );
  return (
    <Section title={teams.some((team) => team.run_count > 0) ? "Most active teams" : "Teams"} flush actions={all}>
      <ul className="divide-y divide-line">
        {teams.map((team) => (
          <li key={team.id}>
            <TeamLine team={team} />
          </li>
        ))}
      </ul>
    </Section>
  );
}

function TeamLine({ team }: { readonly team: DashboardTeam }) {
  const run = team.last_run;
  return (
    <Link
      to="/teams/$teamId"
      params={{ teamId: team.id }}
      className="flex items-center gap-3 px-4 py-2.5 hover:bg-hover focus-visible:-outline-offset-2"
    >
      <AgentIcon icon={team.icon} seed={team.id} size="sm" />
      <span className="min-w-0 flex-1">
        <span className="block truncate font-medium text-sm">{team.name}</span>
        <span className="block truncate text-muted text-xs">{factsOf(team).join(" · ")}</span>
      </span>
      {run !== null && <StatusBadge status={run.status} />}
      <span className="w-20 shrink-0 text-right text-muted text-xs max-sm:hidden">
        {run === null ? "Never run" : <RelativeTime at={run.created_at} />}
      </span>
    </Link>
  );
}
