import { createFileRoute, useNavigate } from "@tanstack/react-router";
import { useCan } from "@/api/session";
import { NEW, ToolsPage, type ToolsSearch } from "@/features/tools/tools-page";

export const Route = createFileRoute("/_app/tools")({
  staticData: { crumb: "Tools" },
  validateSearch: (search: Record<string, unknown>): ToolsSearch => ({
    ...(typeof search.tool === "string" ? { tool: search.tool } : {}),
    ...(isNew(search.new) ? { new: search.new } : {}),
  }),
  component: Tools,
});

function isNew(value: unknown): value is NonNullable<ToolsSearch["new"]> {
  return NEW.some((each) => each === value);
}

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
