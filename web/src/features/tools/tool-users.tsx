import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { ErrorState } from "@/components/ui/error-state";
import { LoadMore } from "@/components/ui/load-more";
import { toolUsers } from "./kind-api";

/** The agents that have a tool, and whether it still lets them use it. */
export function ToolUsers({ toolId }: { readonly toolId: string }) {
  const pages = useInfiniteQuery(toolUsers(toolId));
  const users = pages.data?.pages.flatMap((page) => page.items) ?? [];
  if (pages.isError) return <ErrorState error={pages.error} />;
  return (
    <>
      <ul className="flex flex-wrap gap-x-3 gap-y-1">
        {users.map((user) => (
          <li key={user.id}>
            <Link to="/agents/$agentId" params={{ agentId: user.id }} className="text-accent-text hover:underline">
              {user.name}
            </Link>
            {user.status !== "active" && <span className="text-muted text-xs"> ({user.status})</span>}
            {!user.is_allowed && <span className="text-danger text-xs"> (may not use it)</span>}
          </li>
        ))}
      </ul>
      <LoadMore query={pages} />
    </>
  );
}
