import { createFileRoute, useNavigate } from "@tanstack/react-router";
import { useCan } from "@/api/session";
import type { TeamFilter } from "@/features/teams/api";
import { MODES } from "@/features/teams/modes";
import { TeamsPage } from "@/features/teams/teams-page";
import { defined } from "@/lib/defined";
import { text } from "@/lib/search";
import { useUnderstood } from "../../understood";

export const Route = createFileRoute("/_app/teams/")({
  validateSearch: (search: Record<string, unknown>): TeamFilter => {
    const type = MODES.find((mode) => mode.value === search.type)?.value;
    return defined({ q: text(search.q), type });
  },
  component: Teams,
});

function Teams() {
  const search = useUnderstood(Route);
  const navigate = useNavigate();
  const can = useCan();
  return (
    <TeamsPage
      filter={search}
      onFilter={(filter) => void navigate({ to: "/teams", search: defined(filter), replace: true })}
      canWrite={can("teams:write")}
    />
  );
}
