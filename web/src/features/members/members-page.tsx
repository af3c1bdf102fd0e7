import { useInfiniteQuery } from "@tanstack/react-query";
import { KeyRound, MoreHorizontal, ShieldCheck, ShieldOff, UserPlus } from "lucide-react";
import { useState } from "react";
import { useCan, useSession } from "@/api/session";
import type { Member, Role } from "@/api/types";
import { Avatar } from "@/components/ui/avatar";
import { Badge } from "@/components/ui/badge";
import { Button, IconButton } from "@/components/ui/button";
import { Section } from "@/components/ui/card";
import { ConfirmDialog } from "@/components/ui/confirm-dialog";
import { type Column, DataTable } from "@/components/ui/data-table";
import { LoadMore } from "@/components/ui/load-more";
import { Menu, MenuItem } from "@/components/ui/menu";
import { ErrorNotice } from "@/components/ui/notice";
import { Loaded } from "@/components/ui/page-states";
import { Select } from "@/components/ui/select";
import { RelativeTime } from "@/components/ui/time";
import { useToast } from "@/components/ui/toast";
import { afterUnmount } from "@/lib/after-unmount";
import { ROLES, roleLabel } from "@/lib/roles";
import { memberList, useChangeRole, useRemoveMember } from "./api";
import { Invitations } from "./invitations";
import { InviteDialog } from "./invite-dialog";
import { PasswordResetDialog } from "./password-reset-dialog";
import { TwoFactorResetDialog } from "./two-factor-reset-dialog";

export function MembersPage() {
  const session = useSession();
  const canWrite = useCan()("members:write");
  const isOwner = session.role === "owner";
  const members = useInfiniteQuery(memberList);
  const [isInviting, setIsInviting] = useState(false);
  const [leaving, setLeaving] = useState<Member | null>(null);
  const [resetting, setResetting] = useState<Member | null>(null);
  const [losing, setLosing] = useState<Member | null>(null);
  const invite = canWrite && (
    <Button data-new variant="primary" icon={UserPlus} onClick={() => setIsInviting(true)}>
      Invite
    </Button>
  );
  return (
    <>
      <Section title="Members" description="People in this organization and their roles." actions={invite} flush>
        <Loaded query={members}>
          {(data) => (
            <DataTable
              label="Members"
              rows={data.pages.flatMap((page) => page.items)}
              rowKey={(member) => member.user.id}
              columns={columns({
                me: session.user.id,
                canWrite,
                isOwner,
                onRemove: setLeaving,
                onReset: setResetting,
                onResetTwoFactor: setLosing,
              })}
            />
          )}
        </Loaded>
        <LoadMore query={members} />
      </Section>
      <Invitations canWrite={canWrite} />
      <Roles />
      <InviteDialog open={isInviting} onOpenChange={setIsInviting} isOwner={isOwner} />
      {resetting && <PasswordResetDialog member={resetting} onClose={() => setResetting(null)} />}
      {losing && <TwoFactorResetDialog member={losing} onClose={() => setLosing(null)} />}
      {leaving && (
        <RemoveMember member={leaving} isMe={leaving.user.id === session.user.id} onClose={() => setLeaving(null)} />
      )}
    </>
  );
}

interface ColumnOptions {
  me: string;
  canWrite: boolean;
  isOwner: boolean;
  onRemove: (member: Member) => void;
  onReset: (member: Member) => void;
  onResetTwoFactor: (member: Member) => void;
}

function columns({ me, canWrite, isOwner, onRemove, onReset, onResetTwoFactor }: ColumnOptions): Column<Member>[] {
  const role = (member: Member) =>
    canWrite && (isOwner || member.role !== "owner") ? (
      <RoleSelect member={member} isOwner={isOwner} />
    ) : (
      roleLabel(member.role)
    );
  return [
    {
      id: "person",
      header: "Person",
      // On a phone the role stands under the name: beside it there is no room.
      cell: (member) => (
        <>
          <Person member={member} isMe={member.user.id === me} />
          <div className="mt-1.5 mb-1 sm:hidden">{role(member)}</div>
        </>
      ),
    },
    { id: "role", header: "Role", hideBelow: "sm", cell: role },
    { id: "since", header: "Since", hideBelow: "md", cell: (member) => <RelativeTime at={member.granted_at} /> },
    {
      id: "actions",
      header: <span className="sr-only">Actions</span>,
      align: "end",
      cell: (member) =>
        (member.user.id === me || (canWrite && (isOwner || member.role !== "owner"))) && (
          <span className="flex justify-end gap-1">
            {member.user.id !== me && (
              <Menu
                trigger={
                  <IconButton
                    size="sm"
                    label={`More for ${member.user.full_name || member.user.email}`}
                    icon={MoreHorizontal}
                  />
                }
              >
                <MenuItem icon={KeyRound} onSelect={() => onReset(member)}>
                  Create password reset link…
                </MenuItem>
                {isOwner && member.user.has_two_factor && (
                  <MenuItem icon={ShieldOff} onSelect={() => onResetTwoFactor(member)}>
                    Reset two-factor…
                  </MenuItem>
                )}
              </Menu>
            )}
            <Button size="sm" variant="ghost" onClick={() => onRemove(member)}>
              {member.user.id === me ? "Leave" : "Remove"}
            </Button>
          </span>
        ),
    },
  ];
}

function Person({ member, isMe }: { member: Member; isMe: boolean }) {
  const name = member.user.full_name || member.user.email;
  return (
    <div className="flex min-w-0 items-center gap-2.5">
      <Avatar name={name} imageUrl={member.user.avatar_url} className="size-6 text-2xs max-sm:hidden" />
      <div className="min-w-0">
        <p className="flex flex-wrap items-center gap-1.5 font-medium text-fg">
          <span className="wrap-anywhere">{name}</span> {isMe && <Badge>you</Badge>}
          {member.user.has_two_factor && (
            <Badge tone="success" icon={ShieldCheck} title="Uses an authenticator app">
              Two-factor
            </Badge>
          )}
        </p>
        <p className="wrap-anywhere text-muted text-xs">{member.user.email}</p>
      </div>
    </div>
  );
}

function RoleSelect({ member, isOwner }: { member: Member; isOwner: boolean }) {
  const toast = useToast();
  const change = useChangeRole();
  const name = member.user.full_name || member.user.email;
  return (
    <Select
      aria-label={`Role of ${name}`}
      className="w-36"
      value={change.isPending ? change.variables.role : member.role}
      disabled={change.isPending}
      onChange={(event) =>
        change.mutate(
          { userId: member.user.id, role: event.target.value as Role },
          {
            onError: toast.danger,
            onSuccess: (changed) => toast.success(`${name} is now ${roleLabel(changed.role).toLowerCase()}.`),
          },
        )
      }
    >
      {ROLES.filter((each) => isOwner || each.value !== "owner").map((each) => (
        <option key={each.value} value={each.value}>
          {each.label}
        </option>
      ))}
    </Select>
  );
}

function RemoveMember({ member, isMe, onClose }: { member: Member; isMe: boolean; onClose: () => void }) {
  const remove = useRemoveMember();
  const name = member.user.full_name || member.user.email;
  return (
    <ConfirmDialog
      open
      onOpenChange={onClose}
      title={isMe ? "Leave the organization?" : `Remove ${name}?`}
      confirmLabel={isMe ? "Leave" : "Remove"}
      busy={remove.isPending}
      error={remove.error ? <ErrorNotice error={remove.error} /> : null}
      onConfirm={() =>
        afterUnmount(remove.mutateAsync(member.user.id), () => (isMe ? window.location.assign("/") : onClose()))
      }
    >
      {isMe
        ? "You lose access immediately. To return, you need a new invitation."
        : "The member loses access immediately. Agents and runs they created are kept."}
    </ConfirmDialog>
  );
}

function Roles() {
  return (
    <Section title="Permissions of the roles">
      <dl className="grid gap-x-6 gap-y-2 sm:grid-cols-2">
        {ROLES.map((role) => (
          <div key={role.value}>
            <dt className="font-medium text-fg">{role.label}</dt>
            <dd className="text-muted text-xs">{role.hint}</dd>
          </div>
        ))}
      </dl>
    </Section>
  );
}
