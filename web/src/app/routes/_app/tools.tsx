import { createFileRoute, useNavigate } from "@tanstack/react-router";
import { useCan } from "@/api/session";
import { ToolsPage, type ToolsSearch } from "@/features/tools/tools-page";

export const Route = createFileRoute("/_app/tools")({
  staticData: { crumb: "Tools" },
  validateSearch: (search: Record<string, unknown>): ToolsSearch => ({
    ...(typeof search.tool === "string" ? { tool: search.tool } : {}),
    ...(search.new === "api" || search.new === "openapi" ? { new: search.new } : {}),
  }),
  component: Tools,
});

function Tools() {
  const search = Route.useSearch();
  const navigate = useNavigate();
  const can = useCan();
  return (
    <ToolsPage
      search={search}
      onSearch={(next) => void navigate({ to: "/tools", search: next, replace: true })}
      canWrite={can("tools:write")}
    />
  );
}
