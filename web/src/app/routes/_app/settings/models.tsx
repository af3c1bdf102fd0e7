import { createFileRoute } from "@tanstack/react-router";
import { ProvidersPage } from "@/features/providers/providers-page";

export const Route = createFileRoute("/_app/settings/models")({ staticData: { crumb: "Models" }, component: ProvidersPage });
