import { createFileRoute } from "@tanstack/react-router";
import { useCan } from "@/api/session";
import { AlertPage } from "@/features/alerts/alert-page";
import { alertQuery } from "@/features/alerts/api";

export const Route = createFileRoute("/_app/alerts/$alertId")({
  loader: async ({ context, params }) => {
    const { alert } = await context.queryClient.ensureQueryData(alertQuery(params.alertId));
    return { crumb: alert.config_name };
  },
  component: OneAlert,
});

function OneAlert() {
  const { alertId } = Route.useParams();
  const can = useCan();
  return <AlertPage key={alertId} alertId={alertId} canWrite={can("alerts:write")} />;
}
