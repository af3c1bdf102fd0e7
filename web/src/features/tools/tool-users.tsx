import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { ToolUser } from "@/api/types";
import { ErrorState } from "@/components/ui/error-state";
import { LoadMore } from "@/components/ui/load-more";
import { toolUsers } from "./kind-api";

const LINK = "text-accent-text hover:underline";

/** The agents that have a tool, their teams, the workflows that call it, and whether it still lets them use it. */
export function ToolUsers({ toolId }: { readonly toolId: string }) {
  const pages = useInfiniteQuery(toolUsers(toolId));
  const users = pages.data?.pages.flatMap((page) => page.items) ?? [];
  if (pages.isLoadingError) return <ErrorState error={pages.error} />;
  if (pages.isSuccess && users.length === 0) return "no agent, team or workflow";
  return (
    <>
      <ul className="flex flex-wrap gap-x-3 gap-y-1">
        {users.map((user) => (
          <li key={user.id}>
            <UserLink user={user} />
            {user.type !== "agent" && <span className="text-muted text-xs"> ({user.type})</span>}
            {user.status !== "active" && <span className="text-muted text-xs"> ({user.status})</span>}
            {!user.is_allowed && <span className="text-danger text-xs"> (may not use it)</span>}
          </li>
        ))}
      </ul>
      <LoadMore query={pages} />
    </>
  );
}

function UserLink({ user: { type, id, name } }: { readonly user: ToolUser }) {
  if (type === "team") {
    return (
      <Link to="/teams/$teamId" params={{ teamId: id }} className={LINK}>
        {name}
      </Link>
    );
  }
  if (type === "workflow") {
    return (
      <Link to="/workflows/$workflowId" params={{ workflowId: id }} className={LINK}>
        {name}
      </Link>
    );
  }
  return (
    <Link to="/agents/$agentId" params={{ agentId: id }} className={LINK}>
      {name}
    </Link>
  );
}
