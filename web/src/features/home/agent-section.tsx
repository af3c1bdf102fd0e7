import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { AgentIcon } from "@/components/agent-icon";
import { Section } from "@/components/ui/card";
import { ErrorState } from "@/components/ui/error-state";
import { SkeletonRows } from "@/components/ui/skeleton";
import { StatusBadge } from "@/components/ui/status-badge";
import { RelativeTime } from "@/components/ui/time";
import { someAgents } from "./api";

const SHOWN = 8;

/** The organization's agents with what they last did. */
export function AgentSection() {
  const agents = useQuery(someAgents(SHOWN));
  return (
    <Section title="Agents" flush>
      {agents.isPending && <SkeletonRows rows={3} label="Loading agents" />}
      {agents.isError && <ErrorState error={agents.error} onRetry={() => void agents.refetch()} />}
      {agents.isSuccess && agents.data.items.length === 0 && <p className="px-4 py-5 text-muted text-sm">No agents yet.</p>}
      <ul className="divide-y divide-line">
        {(agents.data?.items ?? []).map((agent) => (
          <li key={agent.id}>
            <Link
              to="/agents/$agentId"
              params={{ agentId: agent.id }}
              className="flex items-center gap-3 px-4 py-2.5 hover:bg-hover focus-visible:-outline-offset-2"
            >
              <AgentIcon icon={agent.icon} seed={agent.id} size="sm" />
              <span className="min-w-0 flex-1">
                <span className="block truncate font-medium text-sm">{agent.name}</span>
                <span className="block truncate text-muted text-xs">{agent.description}</span>
              </span>
              <StatusBadge status={agent.status} />
              <span className="w-20 shrink-0 text-right text-muted text-xs max-sm:hidden">
                {agent.last_activity === null ? "not run yet" : <RelativeTime at={agent.last_activity} />}
              </span>
            </Link>
          </li>
        ))}
      </ul>
    </Section>
  );
}
