import { createFileRoute, Link } from "@tanstack/react-router";
import { useCan } from "@/api/session";
import { buttonClass } from "@/components/ui/button";
import { RunReply } from "@/features/runs/transcript/run-reply";
import { MemberLanes } from "@/features/runs/view/member-lanes";
import { teamQuery } from "@/features/teams/api";
import { TeamPage } from "@/features/teams/team-page";
import { useApprovalSlot } from "../../use-approval-slot";

export const Route = createFileRoute("/_app/teams/$teamId")({
  loader: async ({ context, params }) => {
    const team = await context.queryClient.ensureQueryData(teamQuery(params.teamId));
    return { crumb: team.name };
  },
  component: OneTeam,
});

function OneTeam() {
  const { teamId } = Route.useParams();
  const can = useCan();
  const renderApproval = useApprovalSlot();
  return (
    <TeamPage
      key={teamId}
      teamId={teamId}
      canWrite={can("teams:write")}
      canRun={can("runs:write")}
      chatLink={
        can("conversations:write") && (
          <Link to="/chat" search={{ team: teamId }} className={buttonClass("ghost")}>
            Chat
          </Link>
        )
      }
      renderRun={(runId, onOver) => <RunReply runId={runId} onOver={onOver} renderApproval={renderApproval} />}
      renderLanes={(runId) => <MemberLanes runId={runId} isCompact />}
      renderRunLink={(runId, children, className) => (
        <Link to="/runs/$runId" params={{ runId }} className={className}>
          {children}
        </Link>
      )}
    />
  );
}
