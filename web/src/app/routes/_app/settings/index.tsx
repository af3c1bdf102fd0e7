import { createFileRoute } from "@tanstack/react-router";
import { GeneralPage } from "@/features/organization/general-page";

export const Route = createFileRoute("/_app/settings/")({ component: GeneralPage });
