import { createFileRoute, useNavigate } from "@tanstack/react-router";
import { UsersPage } from "@/features/users/users-page";
import { defined } from "@/lib/defined";
import { text } from "@/lib/search";
import { useUnderstood } from "../../../understood";

export const Route = createFileRoute("/_app/settings/accounts")({
  staticData: { crumb: "Accounts" },
  validateSearch: (search: Record<string, unknown>): { q?: string } => defined({ q: text(search.q) }),
  component: Accounts,
});

function Accounts() {
  const { q } = useUnderstood(Route);
  const navigate = useNavigate();
  return (
    <UsersPage
      q={q}
      onSearch={(text) => void navigate({ to: "/settings/accounts", search: defined({ q: text }), replace: true })}
    />
  );
}
