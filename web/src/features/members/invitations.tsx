import { useInfiniteQuery } from "@tanstack/react-query";
import type { Invitation } from "@/api/types";
import { Button } from "@/components/ui/button";
import { Section } from "@/components/ui/card";
import { type Column, DataTable } from "@/components/ui/data-table";
import { LoadMore } from "@/components/ui/load-more";
import { RelativeTime } from "@/components/ui/time";
import { useToast } from "@/components/ui/toast";
import { afterUnmount } from "@/lib/after-unmount";
import { roleLabel } from "@/lib/roles";
import { invitationList, useWithdraw } from "./api";

/** Invitations that wait for their answer; nothing when there is none. */
export function Invitations({ canWrite }: { canWrite: boolean }) {
  const invitations = useInfiniteQuery(invitationList);
  const rows = invitations.data?.pages.flatMap((page) => page.items) ?? [];
  if (rows.length === 0) return null;
  const columns: Column<Invitation>[] = [
    {
      id: "email",
      header: "Address",
      cell: (invitation) => <span className="wrap-anywhere font-medium text-fg">{invitation.email}</span>,
    },
    { id: "role", header: "Role", cell: (invitation) => roleLabel(invitation.role) },
    {
      id: "expires",
      header: "Expires",
      hideBelow: "sm",
      cell: (invitation) => <RelativeTime at={invitation.expires_at} />,
    },
    {
      id: "actions",
      header: <span className="sr-only">Actions</span>,
      align: "end",
      cell: (invitation) => canWrite && <Withdraw invitation={invitation} />,
    },
  ];
  return (
    <Section title="Open invitations" description="The link was shown when the invitation was created." flush>
      <DataTable label="Open invitations" rows={rows} rowKey={(invitation) => invitation.id} columns={columns} />
      <LoadMore query={invitations} />
    </Section>
  );
}

function Withdraw({ invitation }: { invitation: Invitation }) {
  const toast = useToast();
  const withdraw = useWithdraw();
  return (
    <Button
      size="sm"
      variant="ghost"
      busy={withdraw.isPending}
      aria-label={`Revoke the invitation of ${invitation.email}`}
      onClick={() =>
        afterUnmount(withdraw.mutateAsync(invitation.id), () => toast.success("Invitation revoked."), toast.danger)
      }
    >
      Revoke
    </Button>
  );
}
