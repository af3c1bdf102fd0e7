import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { DashboardAgent } from "@/api/types";
import { AgentIcon } from "@/components/agent-icon";
import { Section } from "@/components/ui/card";
import { ErrorState } from "@/components/ui/error-state";
import { SkeletonRows } from "@/components/ui/skeleton";
import { StatusBadge } from "@/components/ui/status-badge";
import { RelativeTime } from "@/components/ui/time";
import { plural } from "@/lib/format";
import { dashboardQuery } from "./api";
import { factsOf } from "./facts";
import type { HomeRange } from "./ranges";

const SHOWN = 8;

/** The most active agents with their runs in the window, their deployment, their workflows and what they last did. */
export function AgentSection({ range }: { readonly range: HomeRange }) {
  const dashboard = useQuery(dashboardQuery(range));
  const agents = dashboard.data?.agents ?? [];
  const all = (
    <Link to="/agents" className="text-accent-text text-xs underline-offset-2 hover:underline">
      Show all<span className="sr-only"> agents</span>
    </Link>
  );
  return (
    <Section title={agents.some((agent) => agent.run_count > 0) ? "Most active agents" : "Agents"} flush actions={all}>
      {dashboard.isPending && <SkeletonRows rows={3} label="Loading agents" />}
      {dashboard.isError && <ErrorState error={dashboard.error} onRetry={() => void dashboard.refetch()} />}
      {dashboard.isSuccess && agents.length === 0 && <p className="px-4 py-5 text-muted text-sm">No agents yet.</p>}
      <ul className="divide-y divide-line">
        {agents.slice(0, SHOWN).map((agent) => (
          <li key={agent.id}>
            <AgentLine agent={agent} />
          </li>
        ))}
      </ul>
    </Section>
  );
}

function AgentLine({ agent }: { readonly agent: DashboardAgent }) {
  const at = agent.last_run?.created_at ?? agent.last_activity;
  return (
    <Link
      to="/agents/$agentId"
      params={{ agentId: agent.id }}
      className="flex items-center gap-3 px-4 py-2.5 hover:bg-hover focus-visible:-outline-offset-2"
    >
      <AgentIcon icon={agent.icon} seed={agent.id} size="sm" />
      <span className="min-w-0 flex-1">
        <span className="block truncate font-medium text-sm">{agent.name}</span>
        <span className="block truncate text-muted text-xs">{factsOfAgent(agent)}</span>
      </span>
      <StatusBadge status={agent.status === "active" && agent.last_run ? agent.last_run.status : agent.status} />
      <span className="w-20 shrink-0 text-right text-muted text-xs max-sm:hidden">
        {at === null ? "Never run" : <RelativeTime at={at} />}
      </span>
    </Link>
  );
}

function factsOfAgent(agent: DashboardAgent): string {
  const facts = factsOf(agent);
  if (agent.workflows.length > 0) {
    const executions = agent.workflows.reduce((sum, each) => sum + each.execution_count, 0);
    const [only] = agent.workflows.length === 1 ? agent.workflows : [];
    facts.push(`${only?.name ?? plural(agent.workflows.length, "workflow")} (${plural(executions, "execution")})`);
  }
  return facts.join(" · ");
}
