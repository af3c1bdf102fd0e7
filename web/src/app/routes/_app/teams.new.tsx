import { createFileRoute, useNavigate } from "@tanstack/react-router";
import { useCan } from "@/api/session";
import { NotAllowed } from "@/components/read-only";
import { NewTeamPage } from "@/features/teams/new-team-page";

export const Route = createFileRoute("/_app/teams/new")({ staticData: { crumb: "New" }, component: NewTeam });

function NewTeam() {
  const navigate = useNavigate();
  if (!useCan()("teams:write")) return <NotAllowed title="You cannot create teams" action="create teams" />;
  return <NewTeamPage onCreated={(team) => void navigate({ to: "/teams/$teamId", params: { teamId: team.id } })} />;
}
