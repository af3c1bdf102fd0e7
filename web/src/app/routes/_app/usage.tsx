import { createFileRoute, useNavigate } from "@tanstack/react-router";
import { useCan } from "@/api/session";
import { isGroup } from "@/features/usage/groups";
import { UsagePage, type UsageSearch } from "@/features/usage/usage-page";
import { defined } from "@/lib/defined";
import { isRange } from "@/lib/range";
import { useUnderstood } from "../../understood";

export const Route = createFileRoute("/_app/usage")({
  staticData: { crumb: "Usage" },
  validateSearch: (search: Record<string, unknown>): UsageSearch =>
    defined({
      by: isGroup(search.by) ? search.by : undefined,
      kind: search.kind === "request" || search.kind === "model_call" ? search.kind : undefined,
      range: isRange(search.range) ? search.range : undefined,
    }),
  component: Usage,
});

function Usage() {
  const search = useUnderstood(Route);
  const navigate = useNavigate();
  const can = useCan();
  return (
    <UsagePage
      search={search}
      onSearch={(change) => void navigate({ to: "/usage", search: defined(change), replace: true })}
      canRead={can("usage:read")}
      canReadBudgets={can("budgets:read")}
      canWriteBudgets={can("budgets:write")}
    />
  );
}
