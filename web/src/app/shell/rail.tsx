import { Link } from "@tanstack/react-router";
import { ChevronRight } from "lucide-react";
import { cx } from "@/lib/cx";
import { GROUPS, HOME, NAVIGATION, type NavigationGroup, type NavigationItem, SETTINGS } from "./navigation";
import { OrganizationSwitcher } from "./organization-switcher";
import { useClosedGroups } from "./rail-groups";
import { UserMenu } from "./user-menu";

export interface RailProps {
  isCollapsed: boolean;
  /** How many approvals wait. */
  pendingCount: number;
  onNavigate?: (() => void) | undefined;
}

/** The left rail: the organization, where you can go by what you do there, and yourself. */
export function Rail({ isCollapsed, pendingCount, onNavigate }: RailProps) {
  const [closed, toggle] = useClosedGroups();
  const shared = { isCollapsed, onNavigate };
  return (
    <div className="flex h-full flex-col gap-3 p-2.5">
      <OrganizationSwitcher isCollapsed={isCollapsed} />
      <nav aria-label="Main" className="flex min-h-0 flex-1 flex-col gap-0.5 overflow-y-auto">
        <RailLink item={HOME} count={0} {...shared} />
        {GROUPS.map((group) => (
          <RailGroup
            key={group}
            group={group}
            isOpen={isCollapsed || !closed.has(group)}
            onToggle={() => toggle(group)}
            pendingCount={pendingCount}
            {...shared}
          />
        ))}
        <span className="flex-1" />
        <RailLink item={SETTINGS} count={0} {...shared} />
      </nav>
      <UserMenu isCollapsed={isCollapsed} />
    </div>
  );
}

interface RailGroupProps extends RailProps {
  group: NavigationGroup;
  isOpen: boolean;
  onToggle: () => void;
}

/** Pages that serve one purpose. A closed group still shows the page you are on, and how many approvals wait. */
function RailGroup({ group, isOpen, onToggle, isCollapsed, pendingCount, onNavigate }: RailGroupProps) {
  const isWaiting = !isOpen && group === "Run" && pendingCount > 0;
  return (
    <div
      className={cx(
        "flex shrink-0 flex-col gap-0.5",
        isCollapsed ? "mt-1 border-line border-t pt-1.5" : "mt-2",
        !isOpen && "[&>a:not([data-status=active])]:hidden",
      )}
    >
      {!isCollapsed && (
        <button
          type="button"
          aria-expanded={isOpen}
          onClick={onToggle}
          className="group flex h-6 items-center gap-1 rounded-md px-2.5 font-medium text-2xs text-faint transition-colors hover:text-fg"
        >
          {group}
          <ChevronRight
            aria-hidden
            className={cx(
              "size-3 transition-transform",
              isOpen &&
                "rotate-90 opacity-0 group-hover:opacity-100 group-focus-visible:opacity-100 [@media(hover:none)]:opacity-100",
            )}
          />
          {isWaiting && <Count count={pendingCount} className="ml-auto" />}
          {isWaiting && <span className="sr-only">{pendingCount} approvals waiting</span>}
        </button>
      )}
      {NAVIGATION.filter((item) => item.group === group).map((item) => (
        <RailLink
          key={item.to}
          item={item}
          isCollapsed={isCollapsed}
          count={item.to === "/approvals" ? pendingCount : 0}
          onNavigate={onNavigate}
        />
      ))}
    </div>
  );
}

function Count({ count, className }: { count: number; className?: string | false }) {
  return (
    <span
      aria-hidden
      className={cx("rounded-full bg-warning-soft px-1.5 font-semibold text-2xs text-warning tabular-nums", className)}
    >
      {count > 99 ? "99+" : count}
    </span>
  );
}

interface RailLinkProps {
  item: NavigationItem;
  isCollapsed: boolean;
  count: number;
  onNavigate: (() => void) | undefined;
}

function RailLink({ item, isCollapsed, count, onNavigate }: RailLinkProps) {
  const { icon: Icon, label } = item;
  return (
    <Link
      to={item.to}
      activeOptions={{ exact: item.to === "/", includeSearch: false }}
      {...(onNavigate ? { onClick: onNavigate } : {})}
      title={isCollapsed ? label : undefined}
      aria-label={count > 0 ? `${label}, ${count} waiting` : label}
      className={cx(
        "relative flex h-8 shrink-0 items-center gap-2.5 rounded-md font-medium text-muted text-sm transition-colors hover:bg-hover hover:text-fg",
        "data-[status=active]:bg-selected data-[status=active]:text-fg",
        isCollapsed ? "justify-center px-0" : "px-2.5",
      )}
    >
      <Icon aria-hidden className="size-4 shrink-0" strokeWidth={1.9} />
      {!isCollapsed && <span className="flex-1 truncate">{label}</span>}
      {count > 0 && <Count count={count} className={isCollapsed && "absolute -top-0.5 -right-0.5 px-1"} />}
    </Link>
  );
}
