import { createFileRoute } from "@tanstack/react-router";
import { UsersPage } from "@/features/users/users-page";

export const Route = createFileRoute("/_app/settings/accounts")({ staticData: { crumb: "Accounts" }, component: UsersPage });
