import { createFileRoute, Outlet } from "@tanstack/react-router";

export const Route = createFileRoute("/_app/schedules")({ staticData: { crumb: "Schedules" }, component: Outlet });
