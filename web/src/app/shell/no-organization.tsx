import { Building2 } from "lucide-react";
import { useState } from "react";
import { Button } from "@/components/ui/button";
import { EmptyState } from "@/components/ui/empty-state";
import { Deletions } from "@/features/organization/deletions";
import { NewOrganizationDialog } from "@/features/organization/new-organization-dialog";
import { useEnterOrganization } from "./enter-organization";

/** Takes the place of every page but the account page for a user who belongs to no organization. */
export default function NoOrganization() {
  const [isCreating, setIsCreating] = useState(false);
  const enter = useEnterOrganization();
  return (
    <div className="mx-auto w-full max-w-3xl px-4">
      <h1 className="sr-only">No organization</h1>
      <EmptyState
        icon={Building2}
        title="You are not a member of an organization"
        action={
          <Button variant="primary" onClick={() => setIsCreating(true)}>
            Create organization
          </Button>
        }
      >
        Create one, or ask an owner of an organization for an invitation.
      </EmptyState>
      <Deletions onRestored={(id) => enter.mutate(id)} />
      <NewOrganizationDialog open={isCreating} onOpenChange={setIsCreating} onCreated={(id) => enter.mutate(id)} />
    </div>
  );
}
