import { Link } from "@tanstack/react-router";
import { cx } from "@/lib/cx";
import { NAVIGATION, type NavigationItem, SETTINGS } from "./navigation";
import { OrganizationSwitcher } from "./organization-switcher";
import { UserMenu } from "./user-menu";

export interface RailProps {
  isCollapsed: boolean;
  /** How many approvals wait. */
  pendingCount: number;
  onNavigate?: () => void;
}

/** The left rail: the organization, where one can go, and yourself. */
export function Rail({ isCollapsed, pendingCount, onNavigate }: RailProps) {
  return (
    <div className="flex h-full flex-col gap-3 p-2.5">
      <OrganizationSwitcher isCollapsed={isCollapsed} />
      <nav aria-label="Main" className="flex min-h-0 flex-1 flex-col gap-0.5 overflow-y-auto">
        {NAVIGATION.map((item) => (
          <RailLink
            key={item.to}
            item={item}
            isCollapsed={isCollapsed}
            count={item.to === "/approvals" ? pendingCount : 0}
            onNavigate={onNavigate}
          />
        ))}
        <span className="flex-1" />
        <RailLink item={SETTINGS} isCollapsed={isCollapsed} count={0} onNavigate={onNavigate} />
      </nav>
      <UserMenu isCollapsed={isCollapsed} />
    </div>
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
      activeOptions={{ exact: item.to === "/" }}
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
      {count > 0 && (
        <span
          aria-hidden
          className={cx(
            "rounded-full bg-warning-soft px-1.5 font-semibold text-2xs text-warning tabular-nums",
            isCollapsed && "absolute -top-0.5 -right-0.5 px-1",
          )}
        >
          {count > 99 ? "99+" : count}
        </span>
      )}
    </Link>
  );
}
