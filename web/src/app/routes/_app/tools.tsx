import { createFileRoute, useNavigate } from "@tanstack/react-router";
import { useCan } from "@/api/session";
import { KINDS } from "@/features/tools/labels";
import { NEW, ToolsPage, type ToolsSearch } from "@/features/tools/tools-page";
import { defined } from "@/lib/defined";

export const Route = createFileRoute("/_app/tools")({
  staticData: { crumb: "Tools" },
  validateSearch: (search: Record<string, unknown>): ToolsSearch => ({
    ...(typeof search.tool === "string" ? { tool: search.tool } : {}),
    ...(isNew(search.new) ? { new: search.new } : {}),
    ...(typeof search.q === "string" && search.q !== "" ? { q: search.q } : {}),
    ...(isKind(search.kind) ? { kind: search.kind } : {}),
    ...(search.off === true ? { off: true } : {}),
  }),
  component: Tools,
});

function isNew(value: unknown): value is NonNullable<ToolsSearch["new"]> {
  return NEW.some((each) => each === value);
}

function isKind(value: unknown): value is NonNullable<ToolsSearch["kind"]> {
  return Object.keys(KINDS).some((each) => each === value);
}

function Tools() {
  const search = Route.useSearch();
  const navigate = useNavigate();
  const can = useCan();
  return (
    <ToolsPage
      search={search}
      onSearch={(change) => void navigate({ to: "/tools", search: defined({ ...search, ...change }), replace: true })}
      canWrite={can("tools:write")}
    />
  );
}
