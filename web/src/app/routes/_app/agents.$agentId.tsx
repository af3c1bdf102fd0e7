import { useQuery } from "@tanstack/react-query";
import { createFileRoute, Link, useNavigate } from "@tanstack/react-router";
import { useCan } from "@/api/session";
import { buttonClass } from "@/components/ui/button";
import { AgentPage } from "@/features/agents/agent-page";
import { agentQuery } from "@/features/agents/api";
import type { Pane } from "@/features/agents/editor/editor-aside";
import { DeploymentsPanel } from "@/features/deployments/deployments-panel";
import { RecentRuns } from "@/features/runs/list/recent-runs";
import { RunReply } from "@/features/runs/transcript/run-reply";
import { RunTotals } from "@/features/runs/view/run-totals";
import { useUnderstood } from "../../understood";
import { useApprovalSlot } from "../../use-approval-slot";

interface AgentSearch {
  pane?: Exclude<Pane, "define">;
  versions?: true;
  deployments?: true;
}

function isPane(value: unknown): value is Exclude<Pane, "define"> {
  return value === "try" || value === "runs" || value === "api";
}

export const Route = createFileRoute("/_app/agents/$agentId")({
  validateSearch: (search: Record<string, unknown>): AgentSearch => ({
    ...(isPane(search.pane) ? { pane: search.pane } : {}),
    ...(search.versions === true ? { versions: true as const } : {}),
    ...(search.deployments === true ? { deployments: true as const } : {}),
  }),
  loader: async ({ context, params }) => {
    const agent = await context.queryClient.ensureQueryData(agentQuery(params.agentId));
    return { crumb: agent.name };
  },
  component: OneAgent,
});

function OneAgent() {
  const { agentId } = Route.useParams();
  const { pane, versions, deployments } = useUnderstood(Route);
  const navigate = useNavigate();
  const can = useCan();
  const renderApproval = useApprovalSlot();
  const show = (search: AgentSearch) =>
    void navigate({ to: "/agents/$agentId", params: { agentId }, search, replace: true });
  const agent = useQuery(agentQuery(agentId)).data;
  return (
    <>
      <AgentPage
        key={agentId}
        agentId={agentId}
        canWrite={can("agents:write")}
        canRun={can("runs:write")}
        pane={pane ?? "define"}
        onPane={(next) => show(next === "define" ? {} : { pane: next })}
        areVersionsOpen={versions === true}
        onVersions={(areOpen) => show({ ...(pane ? { pane } : {}), ...(areOpen ? { versions: true } : {}) })}
        onDeployments={() => show({ ...(pane ? { pane } : {}), deployments: true })}
        renderRun={(runId, onOver) => (
          <RunReply runId={runId} canStop={can("runs:write")} onOver={onOver} renderApproval={renderApproval} />
        )}
        renderRunLink={(runId, children, className) => (
          <Link to="/runs/$runId" params={{ runId }} className={className}>
            {children}
          </Link>
        )}
        renderRuns={() => <RecentRuns agentId={agentId} />}
        renderRunCost={(runId) => <RunTotals runId={runId} />}
        renderChatLink={(children) =>
          can("conversations:write") && (
            <Link to="/chat" search={{ agent: agentId }} className={buttonClass("ghost")}>
              {children}
            </Link>
          )
        }
      />
      {deployments === true && agent && (
        <DeploymentsPanel
          target={{ type: "agent", id: agent.id, name: agent.name, version: agent.version }}
          canWrite={can("deployments:write")}
          onClose={() => show(pane ? { pane } : {})}
        />
      )}
    </>
  );
}
