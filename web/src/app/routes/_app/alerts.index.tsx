import { createFileRoute, useNavigate } from "@tanstack/react-router";
import { useCan } from "@/api/session";
import { type AlertSearch, AlertsPage } from "@/features/alerts/alerts-page";
import { SEVERITIES } from "@/features/alerts/severity";
import { type AlertTab, TABS } from "@/features/alerts/tabs";
import { defined } from "@/lib/defined";
import { isRange } from "@/lib/range";
import { text } from "@/lib/search";
import { useUnderstood } from "../../understood";

interface Search extends AlertSearch {
  tab?: AlertTab | undefined;
}

export const Route = createFileRoute("/_app/alerts/")({
  validateSearch: (search: Record<string, unknown>): Search =>
    defined({
      tab: TABS.find(({ value }) => value === search.tab)?.value,
      severity: SEVERITIES.find(([severity]) => severity === search.severity)?.[0],
      agent_id: text(search.agent_id),
      range: isRange(search.range) ? search.range : undefined,
      q: text(search.q),
      enabled: typeof search.enabled === "boolean" ? search.enabled : undefined,
    }),
  component: Alerts,
});

function Alerts() {
  const { tab, ...filter } = useUnderstood(Route);
  const navigate = useNavigate();
  const can = useCan();
  const go = (search: Search) => void navigate({ to: "/alerts", search: defined(search), replace: true });
  return (
    <AlertsPage
      tab={tab ?? "firing"}
      onTab={(next) => go({ tab: next === "firing" ? undefined : next })}
      filter={filter}
      onFilter={(next) => go({ ...next, tab })}
      canWrite={can("alerts:write")}
    />
  );
}
