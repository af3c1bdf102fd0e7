import { createFileRoute } from "@tanstack/react-router";
import { RealtimePage } from "@/features/realtime/realtime-page";

export const Route = createFileRoute("/_app/settings/realtime")({
  staticData: { crumb: "Realtime" },
  component: RealtimePage,
});
