import { createFileRoute } from "@tanstack/react-router";
import { WebSearchPage } from "@/features/web-search/web-search-page";

export const Route = createFileRoute("/_app/settings/web-search")({
  staticData: { crumb: "Web search" },
  component: WebSearchPage,
});
