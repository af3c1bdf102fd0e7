import { createFileRoute, useNavigate } from "@tanstack/react-router";
import { useCan } from "@/api/session";
import { type ScheduleSearch, SchedulesPage } from "@/features/schedules/schedules-page";
import { defined } from "@/lib/defined";
import { text } from "@/lib/search";
import { useUnderstood } from "../../understood";

export const Route = createFileRoute("/_app/schedules/")({
  validateSearch: (search: Record<string, unknown>): ScheduleSearch =>
    defined({
      q: text(search.q),
      target_id: text(search.target_id),
      enabled: typeof search.enabled === "boolean" ? search.enabled : undefined,
      tab: search.tab === "calendar" ? ("calendar" as const) : undefined,
      month: typeof search.month === "string" ? search.month : undefined,
    }),
  component: Schedules,
});

function Schedules() {
  const search = useUnderstood(Route);
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
