import { createFileRoute, useNavigate } from "@tanstack/react-router";
import { UsersPage } from "@/features/users/users-page";
import { defined } from "@/lib/defined";

export const Route = createFileRoute("/_app/settings/accounts")({
  staticData: { crumb: "Accounts" },
  validateSearch: (search: Record<string, unknown>): { q?: string } =>
    defined({ q: typeof search.q === "string" && search.q ? search.q : undefined }),
  component: Accounts,
});

function Accounts() {
  const { q } = Route.useSearch();
  const navigate = useNavigate();
  return (
    <UsersPage
      q={q}
      onSearch={(text) => void navigate({ to: "/settings/accounts", search: defined({ q: text }), replace: true })}
    />
  );
}
