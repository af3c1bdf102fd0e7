import { Lock } from "lucide-react";
import { useSession } from "@/api/session";
import { roleLabel } from "@/lib/roles";
import { EmptyState } from "./ui/empty-state";
import { Notice } from "./ui/notice";

function useRole(): string {
  const { organizations, organization_id } = useSession();
  return roleLabel(organizations.find((each) => each.id === organization_id)?.role) || "this role";
}

const REMEDY = "An owner or admin can change your role under Settings, Members.";

/** Stands above a form that the reader may look at only. */
export function ReadOnlyNotice({ what }: { what: string }) {
  const role = useRole();
  return (
    <Notice tone="info">
      Read-only: your role, {role}, cannot change {what}. {REMEDY}
    </Notice>
  );
}

/** Stands in the place of a form that the reader could not send. */
export function NotAllowed({ title, action }: { title: string; action: string }) {
  const role = useRole();
  return (
    <EmptyState icon={Lock} title={title}>
      Your role, {role}, cannot {action}. {REMEDY}
    </EmptyState>
  );
}
