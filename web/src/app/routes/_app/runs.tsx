import { createFileRoute, Outlet } from "@tanstack/react-router";

export const Route = createFileRoute("/_app/runs")({ staticData: { crumb: "Runs" }, component: Outlet });
