import { createFileRoute, useNavigate } from "@tanstack/react-router";
import { useCan } from "@/api/session";
import { AlertsPage } from "@/features/alerts/alerts-page";
import { type AlertTab, TABS } from "@/features/alerts/tabs";

export const Route = createFileRoute("/_app/alerts/")({
  validateSearch: (search: Record<string, unknown>): { tab?: AlertTab } =>
    TABS.some((tab) => tab.value === search.tab) && search.tab !== "firing" ? { tab: search.tab as AlertTab } : {},
  component: Alerts,
});

function Alerts() {
  const { tab = "firing" } = Route.useSearch();
  const navigate = useNavigate();
  const can = useCan();
  return (
    <AlertsPage
      tab={tab}
      onTab={(next) => void navigate({ to: "/alerts", search: next === "firing" ? {} : { tab: next }, replace: true })}
      canWrite={can("alerts:write")}
    />
  );
}
