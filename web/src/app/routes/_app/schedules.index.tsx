import { createFileRoute, useNavigate } from "@tanstack/react-router";
import { useCan } from "@/api/session";
import { type ScheduleSearch, SchedulesPage } from "@/features/schedules/schedules-page";
import { defined } from "@/lib/defined";

export const Route = createFileRoute("/_app/schedules/")({
  validateSearch: (search: Record<string, unknown>): ScheduleSearch =>
    defined({
      q: typeof search.q === "string" && search.q ? search.q : undefined,
      target_id: typeof search.target_id === "string" && search.target_id ? search.target_id : undefined,
      enabled: typeof search.enabled === "boolean" ? search.enabled : undefined,
      tab: search.tab === "calendar" ? ("calendar" as const) : undefined,
      month: typeof search.month === "string" ? search.month : undefined,
    }),
  component: Schedules,
});

function Schedules() {
  const search = Route.useSearch();
  const navigate = useNavigate();
  const can = useCan();
  return (
    <SchedulesPage
      search={search}
      onSearch={(change) => void navigate({ to: "/schedules", search: defined(change), replace: true })}
      canWrite={can("schedules:write")}
    />
  );
}
