import { createFileRoute } from "@tanstack/react-router";
import { VariablesPage } from "@/features/variables/variables-page";

export const Route = createFileRoute("/_app/settings/variables")({
  staticData: { crumb: "Variables" },
  component: VariablesPage,
});
