import { createFileRoute, useNavigate } from "@tanstack/react-router";
import { useCan } from "@/api/session";
import { NotAllowed } from "@/components/read-only";
import { NewSchedulePage } from "@/features/schedules/new-schedule-page";

export const Route = createFileRoute("/_app/schedules/new")({ staticData: { crumb: "New" }, component: NewSchedule });

function NewSchedule() {
  const navigate = useNavigate();
  if (!useCan()("schedules:write")) return <NotAllowed title="You cannot create schedules" action="create schedules" />;
  return (
    <NewSchedulePage
      onCreated={(schedule) => void navigate({ to: "/schedules/$scheduleId", params: { scheduleId: schedule.id } })}
    />
  );
}
