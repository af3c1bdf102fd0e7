import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Play } from "lucide-react";
import type { Run } from "@/api/types";
import { buttonClass } from "@/components/ui/button";
import { CostText } from "@/components/ui/cost-text";
import { EmptyState } from "@/components/ui/empty-state";
import { Loaded } from "@/components/ui/page-states";
import { StatusBadge } from "@/components/ui/status-badge";
import { Duration, RelativeTime } from "@/components/ui/time";
import { recentRuns } from "../api";

/** The newest runs of an agent, each a link, and the way to all of them. */
export function RecentRuns({ agentId }: { readonly agentId: string }) {
  const runs = useQuery(recentRuns(agentId));
  return (
    <Loaded query={runs}>
      {({ items }) =>
        items.length === 0 ? (
          <EmptyState icon={Play} title="No runs yet">
            Runs from the playground, chats, schedules and the API are listed here.
          </EmptyState>
        ) : (
          <>
            <ul aria-label="Newest runs" className="divide-y divide-line">
              {items.map((run) => (
                <li key={run.id}>
                  <RunOfAgent run={run} />
                </li>
              ))}
            </ul>
            <p className="border-line border-t p-3 text-center">
              <Link to="/runs" search={{ agent: agentId }} className={buttonClass("secondary", "sm")}>
                Show in Runs
              </Link>
            </p>
          </>
        )
      }
    </Loaded>
  );
}

function RunOfAgent({ run }: { readonly run: Run }) {
  const isOver = run.completed_at !== null;
  return (
    <Link
      to="/runs/$runId"
      params={{ runId: run.id }}
      className="flex flex-col gap-1 px-4 py-2.5 hover:bg-hover focus-visible:-outline-offset-2"
    >
      <span className="flex min-w-0 items-center gap-2">
        <StatusBadge status={run.status} />
        <span className="ml-auto shrink-0 text-muted text-xs">
          <RelativeTime at={run.created_at} />
        </span>
      </span>
      <span className="truncate text-sm">{run.input_preview || "No input"}</span>
      {run.error_message !== null && <span className="truncate text-danger text-xs">{run.error_message}</span>}
      <span className="flex flex-wrap gap-x-3 text-muted text-xs tabular-nums">
        <span>Version {run.agent_version}</span>
        <Duration ms={run.duration_ms} since={isOver ? null : run.started_at} />
        <CostText value={run.resource_usage} />
        {run.model !== null && <span className="truncate">{run.model}</span>}
      </span>
    </Link>
  );
}
