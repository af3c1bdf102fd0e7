import { createFileRoute } from "@tanstack/react-router";
import { SharedPage } from "@/features/conversations/shared-page";
import { defined } from "@/lib/defined";
import { readFragment } from "@/lib/fragment";

export const Route = createFileRoute("/shared")({
  validateSearch: (search: Record<string, unknown>): { organization?: string } =>
    defined({ organization: typeof search.organization === "string" ? search.organization : undefined }),
  component: Shared,
});

function Shared() {
  const { organization } = Route.useSearch();
  return <SharedPage token={readFragment()} organization={organization} />;
}
