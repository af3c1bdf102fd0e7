import { createFileRoute, useNavigate } from "@tanstack/react-router";
import { useCan } from "@/api/session";
import type { WorkflowFilter } from "@/features/workflows/api";
import { STATUSES } from "@/features/workflows/statuses";
import { WorkflowsPage } from "@/features/workflows/workflows-page";
import { defined } from "@/lib/defined";
import { text } from "@/lib/search";
import { useUnderstood } from "../../understood";

export const Route = createFileRoute("/_app/workflows/")({
  validateSearch: (search: Record<string, unknown>): WorkflowFilter => {
    const status = STATUSES.find((each) => each.value === search.status)?.value;
    return defined({ q: text(search.q), status });
  },
  component: Workflows,
});

function Workflows() {
  const search = useUnderstood(Route);
  const navigate = useNavigate();
  const can = useCan();
  return (
    <WorkflowsPage
      filter={search}
      onFilter={(filter) => void navigate({ to: "/workflows", search: defined(filter), replace: true })}
      canWrite={can("workflows:write")}
    />
  );
}
