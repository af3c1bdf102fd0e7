import { createFileRoute, useNavigate } from "@tanstack/react-router";
import { InvitePage } from "@/features/session/invite-page";

export const Route = createFileRoute("/invite")({
  validateSearch: (search: Record<string, unknown>) => ({
    token: typeof search.token === "string" ? search.token : String(search.token ?? ""),
  }),
  component: Invite,
});

function Invite() {
  const navigate = useNavigate();
  const { token } = Route.useSearch();
  return <InvitePage token={token} onAccepted={() => void navigate({ to: "/" })} />;
}
