import { createFileRoute } from "@tanstack/react-router";
import { RetentionPage } from "@/features/retention/retention-page";

export const Route = createFileRoute("/_app/settings/retention")({
  staticData: { crumb: "Retention" },
  component: RetentionPage,
});
