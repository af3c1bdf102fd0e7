import { createFileRoute } from "@tanstack/react-router";
import { SharedPage } from "@/features/conversations/shared-page";
import { defined } from "@/lib/defined";

export const Route = createFileRoute("/shared")({
  validateSearch: (search: Record<string, unknown>): { organization?: string } =>
    defined({ organization: typeof search.organization === "string" ? search.organization : undefined }),
  component: Shared,
});

/** The token is the part after #, which browsers send to no server. */
function Shared() {
  const { organization } = Route.useSearch();
  return <SharedPage token={decodeURIComponent(window.location.hash.slice(1))} organization={organization} />;
}
