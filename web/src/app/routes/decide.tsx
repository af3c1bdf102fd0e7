import { createFileRoute } from "@tanstack/react-router";
import { LinkPage } from "@/features/approvals/link-page";

export const Route = createFileRoute("/decide")({ component: Decide });

/** The token is the part after #, which browsers send to no server. */
function Decide() {
  return <LinkPage token={window.location.hash.slice(1)} />;
}
