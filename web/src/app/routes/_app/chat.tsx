import { createFileRoute, Outlet } from "@tanstack/react-router";

export const Route = createFileRoute("/_app/chat")({ staticData: { crumb: "Chat" }, component: Outlet });
