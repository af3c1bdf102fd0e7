import { createFileRoute, useNavigate } from "@tanstack/react-router";
import { useCan } from "@/api/session";
import { ToolsPage } from "@/features/tools/tools-page";
import { readToolsSearch } from "@/features/tools/tools-search";
import { defined } from "@/lib/defined";
import { useUnderstood } from "../../understood";

export const Route = createFileRoute("/_app/tools")({
  staticData: { crumb: "Tools" },
  validateSearch: readToolsSearch,
  component: Tools,
});

function Tools() {
  const search = useUnderstood(Route);
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
