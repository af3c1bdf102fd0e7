import { createFileRoute } from "@tanstack/react-router";
import { N8nPage } from "@/features/n8n/n8n-page";

export const Route = createFileRoute("/_app/settings/n8n")({
  staticData: { crumb: "n8n" },
  component: N8nPage,
});
