import { ChevronsUpDown, Plus } from "lucide-react";
import { lazy, Suspense, useState } from "react";
import { useSession } from "@/api/session";
import { Avatar } from "@/components/ui/avatar";
import { Menu, MenuItem, MenuLabel, MenuSeparator } from "@/components/ui/menu";
import { cx } from "@/lib/cx";
import { roleLabel } from "@/lib/roles";
import { useEnterOrganization } from "./enter-organization";

const NewOrganizationDialog = lazy(async () => ({
  default: (await import("@/features/organization/new-organization-dialog")).NewOrganizationDialog,
}));

/** Whose agents one looks at, and the way to another organization. Everything read so far is forgotten on the way. */
export function OrganizationSwitcher({ isCollapsed }: { isCollapsed: boolean }) {
  const session = useSession();
  const [isCreating, setIsCreating] = useState(false);
  const enter = useEnterOrganization();
  const current = session.organizations.find((organization) => organization.id === session.organization_id);
  const name = current?.name ?? "No organization";
  return (
    <>
      <Menu
        align="start"
        className="w-60"
        trigger={
          <button
            type="button"
            {...(isCollapsed ? { "aria-label": `Organization: ${name}` } : {})}
            className={cx(
              "flex h-10 items-center gap-2.5 rounded-lg text-left transition-colors hover:bg-hover",
              isCollapsed ? "justify-center" : "px-1.5",
            )}
          >
            <Avatar name={name} shape="square" className="size-7 text-xs" />
            {!isCollapsed && (
              <>
                <span className="min-w-0 flex-1">
                  <span className="block truncate font-semibold text-fg text-sm leading-4">
                    <span className="sr-only">Organization: </span>
                    {name}
                  </span>
                  <span className="block truncate text-2xs text-faint">{roleLabel(current?.role)}</span>
                </span>
                <ChevronsUpDown aria-hidden className="size-3.5 shrink-0 text-faint" />
              </>
            )}
          </button>
        }
      >
        <MenuLabel>Organizations</MenuLabel>
        {session.organizations.map((organization) => (
          <MenuItem
            key={organization.id}
            checked={organization.id === session.organization_id}
            onSelect={() => organization.id !== session.organization_id && enter.mutate(organization.id)}
          >
            {organization.name}
          </MenuItem>
        ))}
        <MenuSeparator />
        <MenuItem icon={Plus} onSelect={() => setIsCreating(true)}>
          New organization
        </MenuItem>
      </Menu>
      {isCreating && (
        <Suspense fallback={null}>
          <NewOrganizationDialog open onOpenChange={setIsCreating} onCreated={(id) => enter.mutate(id)} />
        </Suspense>
      )}
    </>
  );
}
