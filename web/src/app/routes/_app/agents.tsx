import { createFileRoute, Outlet } from "@tanstack/react-router";

export const Route = createFileRoute("/_app/agents")({ staticData: { crumb: "Agents" }, component: Outlet });
