import { createFileRoute, useNavigate } from "@tanstack/react-router";
import { NewSchedulePage } from "@/features/schedules/new-schedule-page";

export const Route = createFileRoute("/_app/schedules/new")({ staticData: { crumb: "New" }, component: NewSchedule });

function NewSchedule() {
  const navigate = useNavigate();
  return (
    <NewSchedulePage
      onCreated={(schedule) => void navigate({ to: "/schedules/$scheduleId", params: { scheduleId: schedule.id } })}
    />
  );
}
