import { createFileRoute, useNavigate } from "@tanstack/react-router";
import { NewTeamPage } from "@/features/teams/new-team-page";

export const Route = createFileRoute("/_app/teams/new")({ staticData: { crumb: "New" }, component: NewTeam });

function NewTeam() {
  const navigate = useNavigate();
  return <NewTeamPage onCreated={(team) => void navigate({ to: "/teams/$teamId", params: { teamId: team.id } })} />;
}
