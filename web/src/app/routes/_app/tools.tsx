import { createFileRoute, useNavigate } from "@tanstack/react-router";
import { useCan } from "@/api/session";
import { ToolsPage } from "@/features/tools/tools-page";

export const Route = createFileRoute("/_app/tools")({
  staticData: { crumb: "Tools" },
  validateSearch: (search: Record<string, unknown>): { tool?: string } =>
    typeof search.tool === "string" ? { tool: search.tool } : {},
  component: Tools,
});

function Tools() {
  const { tool } = Route.useSearch();
  const navigate = useNavigate();
  const can = useCan();
  return (
    <ToolsPage
      chosen={tool}
      onChoose={(next) => void navigate({ to: "/tools", search: next === undefined ? {} : { tool: next }, replace: true })}
      canWrite={can("tools:write")}
    />
  );
}
