import { createFileRoute } from "@tanstack/react-router";
import { ErasuresPage } from "@/features/erasures/erasures-page";

export const Route = createFileRoute("/_app/settings/erasure")({
  staticData: { crumb: "Erasure" },
  component: ErasuresPage,
});
