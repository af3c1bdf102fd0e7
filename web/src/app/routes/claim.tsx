import { createFileRoute, useNavigate } from "@tanstack/react-router";
import { ClaimPage } from "@/features/session/claim-page";

export const Route = createFileRoute("/claim")({
  validateSearch: (search: Record<string, unknown>) => ({
    token: typeof search.token === "string" ? search.token : String(search.token ?? ""),
  }),
  component: Claim,
});

function Claim() {
  const navigate = useNavigate();
  const { token } = Route.useSearch();
  return <ClaimPage token={token} onClaimed={() => void navigate({ to: "/" })} />;
}
