import { createFileRoute } from "@tanstack/react-router";
import { ConnectionPage } from "@/features/connections/connection-page";

export const Route = createFileRoute("/_app/connect/$connectionId")({
  staticData: { crumb: "Connect" },
  component: Connect,
});

function Connect() {
  return <ConnectionPage connectionId={Route.useParams().connectionId} />;
}
