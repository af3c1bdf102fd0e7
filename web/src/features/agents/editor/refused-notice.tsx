import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { api, unwrap } from "@/api/client";
import { useCan } from "@/api/session";
import { Notice } from "@/components/ui/notice";
import { absoluteTime } from "@/lib/format";

const MOST = 100;

/** Says that a budget of the agent, or that of an alert rule, refuses its model calls, and where to lift it. */
export function RefusedNotice({ agentId }: { readonly agentId: string }) {
  const can = useCan();
  const budgets = useQuery({
    queryKey: ["budgets", "agent", agentId],
    queryFn: ({ signal }) => {
      const query = { scope: "agent" as const, subject_id: agentId, limit: MOST };
      return unwrap(api.GET("/api/v1/budgets", { params: { query }, signal }));
    },
    enabled: can("budgets:read"),
  });
  const refusing = budgets.data?.items.filter(
    (each) => each.enabled && each.at_limit === "refuse" && each.exhausted_at !== null,
  );
  return refusing?.map((budget) => (
    <Notice key={budget.id} tone="warning">
      The budget “{budget.name}” refuses model calls of this agent
      {budget.resets_at === null ? "" : ` until ${absoluteTime(budget.resets_at)}`}: another call may pass its limit.{" "}
      <Link to="/usage" className="font-medium underline">
        Open budgets
      </Link>
    </Notice>
  ));
}
