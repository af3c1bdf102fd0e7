import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { Users } from "lucide-react";
import { useState } from "react";
import { useSession } from "@/api/session";
import type { User } from "@/api/types";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Section } from "@/components/ui/card";
import { ConfirmDialog } from "@/components/ui/confirm-dialog";
import { type Column, DataTable } from "@/components/ui/data-table";
import { EmptyState } from "@/components/ui/empty-state";
import { LoadMore } from "@/components/ui/load-more";
import { ErrorNotice } from "@/components/ui/notice";
import { Loaded } from "@/components/ui/page-states";
import { SearchBox } from "@/components/ui/search-box";
import { RelativeTime } from "@/components/ui/time";
import { useToast } from "@/components/ui/toast";
import { afterUnmount } from "@/lib/after-unmount";
import { useDeleteUser, userList } from "./api";

/** All accounts of the installation, for superusers. */
export function UsersPage({ q, onSearch }: { q: string | undefined; onSearch: (q: string | undefined) => void }) {
  const users = useInfiniteQuery({ ...userList(q), placeholderData: keepPreviousData });
  const me = useSession().user.id;
  const [leaving, setLeaving] = useState<User | null>(null);
  return (
    <Section title="Accounts" description="All accounts of this installation. Visible to superusers." flush>
      <SearchBox className="m-4 sm:w-72" label="Find an account" value={q} onChange={onSearch} />
      <Loaded query={users}>
        {(data) => {
          const rows = data.pages.flatMap((page) => page.items);
          if (rows.length === 0)
            return (
              <EmptyState icon={Users} title="No account found">
                No name or e-mail address contains “{q}”.
              </EmptyState>
            );
          return <DataTable label="Accounts" rows={rows} rowKey={(user) => user.id} columns={columns(me, setLeaving)} />;
        }}
      </Loaded>
      <LoadMore query={users} />
      {leaving && <DeleteUser user={leaving} onClose={() => setLeaving(null)} />}
    </Section>
  );
}

function columns(me: string, onDelete: (user: User) => void): Column<User>[] {
  return [
    {
      id: "person",
      header: "Person",
      cell: (user) => (
        <div className="min-w-0">
          <p className="flex flex-wrap items-center gap-1.5 font-medium text-fg">
            <span className="wrap-anywhere">{user.full_name || user.username}</span>
            {user.id === me && <Badge>you</Badge>}
            {user.is_superuser && <Badge tone="accent">Superuser</Badge>}
            {!user.is_active && <Badge tone="warning">Deactivated</Badge>}
          </p>
          <p className="wrap-anywhere text-muted text-xs">{user.email}</p>
        </div>
      ),
    },
    {
      id: "two-factor",
      header: "Two-factor",
      hideBelow: "sm",
      cell: (user) => (user.has_two_factor ? "Enabled" : <span className="text-faint">Not enabled</span>),
    },
    { id: "since", header: "Created", hideBelow: "md", cell: (user) => <RelativeTime at={user.created_at} /> },
    {
      id: "actions",
      header: <span className="sr-only">Actions</span>,
      align: "end",
      cell: (user) =>
        user.id !== me && (
          <Button
            size="sm"
            variant="ghost"
            aria-label={`Delete the account of ${user.full_name || user.email}`}
            onClick={() => onDelete(user)}
          >
            Delete
          </Button>
        ),
    },
  ];
}

function DeleteUser({ user, onClose }: { user: User; onClose: () => void }) {
  const remove = useDeleteUser();
  const toast = useToast();
  const name = user.full_name || user.email;
  return (
    <ConfirmDialog
      open
      onOpenChange={onClose}
      title={`Delete the account of ${name}?`}
      confirmLabel="Delete account"
      busy={remove.isPending}
      error={remove.error ? <ErrorNotice error={remove.error} /> : null}
      onConfirm={() =>
        afterUnmount(remove.mutateAsync(user.id), () => {
          toast.success(`Account of ${name} deleted.`);
          onClose();
        })
      }
    >
      {user.email} is signed out and loses access to every organization. Their conversations and API keys are deleted; agents
      and tools stay. This cannot be undone.
    </ConfirmDialog>
  );
}
