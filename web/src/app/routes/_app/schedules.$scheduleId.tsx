import { createFileRoute } from "@tanstack/react-router";
import { useCan } from "@/api/session";
import { scheduleQuery } from "@/features/schedules/api";
import { SchedulePage } from "@/features/schedules/schedule-page";

export const Route = createFileRoute("/_app/schedules/$scheduleId")({
  loader: async ({ context, params }) => {
    const schedule = await context.queryClient.ensureQueryData(scheduleQuery(params.scheduleId));
    return { crumb: schedule.name };
  },
  component: OneSchedule,
});

function OneSchedule() {
  const { scheduleId } = Route.useParams();
  const can = useCan();
  return <SchedulePage key={scheduleId} scheduleId={scheduleId} canWrite={can("schedules:write")} />;
}
