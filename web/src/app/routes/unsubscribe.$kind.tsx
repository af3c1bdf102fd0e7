import { createFileRoute, notFound } from "@tanstack/react-router";
import type { UnsubscribeKind } from "@/features/notifications/api";
import { UnsubscribePage } from "@/features/notifications/unsubscribe-page";

const KINDS: readonly UnsubscribeKind[] = ["alerts", "notifications"];

export const Route = createFileRoute("/unsubscribe/$kind")({
  params: {
    parse: ({ kind }) => {
      const known = KINDS.find((each) => each === kind);
      if (known === undefined) throw notFound();
      return { kind: known };
    },
  },
  component: Unsubscribe,
});

/** The token is the part after #, which browsers send to no server. */
function Unsubscribe() {
  const { kind } = Route.useParams();
  return <UnsubscribePage kind={kind} token={decodeURIComponent(window.location.hash.slice(1))} />;
}
