import { useQuery } from "@tanstack/react-query";
import { createFileRoute, Link, useNavigate } from "@tanstack/react-router";
import { MessageSquare } from "lucide-react";
import type { ReactNode } from "react";
import { useCan } from "@/api/session";
import { buttonClass } from "@/components/ui/button";
import { DeploymentsPanel } from "@/features/deployments/deployments-panel";
import { RunReply } from "@/features/runs/transcript/run-reply";
import { MemberLanes } from "@/features/runs/view/member-lanes";
import { RunFigures } from "@/features/runs/view/run-figures";
import { teamQuery } from "@/features/teams/api";
import { TeamComparison } from "@/features/teams/team-comparison";
import { TeamPage } from "@/features/teams/team-page";
import { useUnderstood } from "../../understood";
import { useApprovalSlot } from "../../use-approval-slot";

interface TeamSearch {
  compare?: true;
  versions?: true;
  deployments?: true;
}

export const Route = createFileRoute("/_app/teams/$teamId")({
  validateSearch: (search: Record<string, unknown>): TeamSearch => ({
    ...(search.versions === true ? { versions: true as const } : {}),
    ...(search.compare === true ? { compare: true as const } : {}),
    ...(search.deployments === true ? { deployments: true as const } : {}),
  }),
  loader: async ({ context, params }) => {
    const team = await context.queryClient.ensureQueryData(teamQuery(params.teamId));
    return { crumb: team.name };
  },
  component: OneTeam,
});

function OneTeam() {
  const { teamId } = Route.useParams();
  const { versions, deployments, compare } = useUnderstood(Route);
  const navigate = useNavigate();
  const can = useCan();
  const renderApproval = useApprovalSlot();
  const show = (search: TeamSearch) => void navigate({ to: "/teams/$teamId", params: { teamId }, search, replace: true });
  const team = useQuery(teamQuery(teamId)).data;
  const renderRunLink = (runId: string, children: ReactNode, className: string) => (
    <Link to="/runs/$runId" params={{ runId }} className={className}>
      {children}
    </Link>
  );
  if (compare)
    return (
      <TeamComparison
        teamId={teamId}
        renderRun={(runId) => <RunReply runId={runId} renderApproval={renderApproval} />}
        renderLanes={(runId) => <MemberLanes runId={runId} isCompact />}
        renderFigures={(runId) => <RunFigures runId={runId} />}
        renderRunLink={renderRunLink}
        renderTeamLink={(children) => (
          <Link to="/teams/$teamId" params={{ teamId }} className={buttonClass("secondary")}>
            {children}
          </Link>
        )}
      />
    );
  return (
    <>
      <TeamPage
        key={teamId}
        teamId={teamId}
        canWrite={can("teams:write")}
        canRun={can("runs:write")}
        chatLink={
          can("conversations:write") && (
            <Link to="/chat" search={{ team: teamId }} className={buttonClass("ghost")}>
              <MessageSquare aria-hidden="true" className="size-3.5" /> Chat
            </Link>
          )
        }
        areVersionsOpen={versions === true}
        onVersions={(areOpen) => show(areOpen ? { versions: true } : {})}
        onDeployments={() => show({ deployments: true })}
        renderRun={(runId, onOver) => <RunReply runId={runId} onOver={onOver} renderApproval={renderApproval} />}
        renderLanes={(runId) => <MemberLanes runId={runId} isCompact />}
        renderRunLink={renderRunLink}
        renderComparisonLink={(children, className) => (
          <Link to="/teams/$teamId" params={{ teamId }} search={{ compare: true }} className={className}>
            {children}
          </Link>
        )}
      />
      {deployments === true && team && (
        <DeploymentsPanel
          target={{ type: "team", id: team.id, name: team.name, version: team.version }}
          canWrite={can("deployments:write")}
          onClose={() => show({})}
        />
      )}
    </>
  );
}
