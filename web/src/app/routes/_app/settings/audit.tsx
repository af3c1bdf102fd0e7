import { useInfiniteQuery } from "@tanstack/react-query";
import { createFileRoute, useNavigate } from "@tanstack/react-router";
import type { AuditFilter } from "@/features/audit/api";
import { AuditPage } from "@/features/audit/audit-page";
import { memberList } from "@/features/members/api";
import { isRange } from "@/lib/range";
import { text } from "@/lib/search";
import { useUnderstood } from "../../../understood";

export const Route = createFileRoute("/_app/settings/audit")({
  staticData: { crumb: "Audit log" },
  validateSearch: (search: Record<string, unknown>): AuditFilter => {
    const filter = {
      action: text(search.action),
      actor_id: text(search.actor_id),
      target_id: text(search.target_id),
      range: isRange(search.range) ? search.range : undefined,
    };
    return Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== undefined));
  },
  component: Audit,
});

function Audit() {
  const navigate = useNavigate();
  const members = useInfiniteQuery(memberList);
  const people = members.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <AuditPage
      filter={useUnderstood(Route)}
      onFilter={(search) => void navigate({ to: "/settings/audit", search })}
      people={people.map(({ user }) => ({ id: user.id, name: user.full_name || user.email }))}
    />
  );
}
