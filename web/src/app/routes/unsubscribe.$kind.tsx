import { createFileRoute, notFound } from "@tanstack/react-router";
import { UnsubscribePage } from "@/features/notifications/unsubscribe-page";

export const Route = createFileRoute("/unsubscribe/$kind")({
  params: {
    parse: ({ kind }) => {
      if (kind !== "alerts" && kind !== "notifications") throw notFound();
      return { kind };
    },
  },
  component: Unsubscribe,
});

/** The token is the part after #, which browsers send to no server. */
function Unsubscribe() {
  const { kind } = Route.useParams();
  return <UnsubscribePage kind={kind} token={decodeURIComponent(window.location.hash.slice(1))} />;
}
