import { createFileRoute, notFound } from "@tanstack/react-router";
import type { UnsubscribeKind } from "@/features/notifications/api";
import { UnsubscribePage } from "@/features/notifications/unsubscribe-page";
import { readFragment } from "@/lib/fragment";

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

function Unsubscribe() {
  const { kind } = Route.useParams();
  return <UnsubscribePage kind={kind} token={readFragment()} />;
}
