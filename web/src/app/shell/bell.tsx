import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Bell as BellIcon } from "lucide-react";
import { cx } from "@/lib/cx";
import { notificationCount } from "./attention";

/** The way to the inbox, with the number of unread notifications; red when urgent ones are among them. */
export function Bell() {
  const count = useQuery(notificationCount);
  const unread = count.data?.unread ?? 0;
  return (
    <Link
      to="/notifications"
      aria-label={unread > 0 ? `Notifications, ${unread} unread` : "Notifications"}
      title="Notifications"
      className="relative inline-flex size-8 shrink-0 items-center justify-center rounded-md text-muted transition-colors hover:bg-hover hover:text-fg"
    >
      <BellIcon aria-hidden className="size-4" strokeWidth={1.9} />
      {unread > 0 && (
        <span
          aria-hidden
          data-testid="unread"
          className={cx(
            "absolute top-0 right-0 min-w-4 rounded-full px-1 text-center font-semibold text-2xs tabular-nums",
            (count.data?.urgent ?? 0) > 0 ? "bg-danger-solid text-white" : "bg-accent text-accent-fg",
          )}
        >
          {unread > 99 ? "99+" : unread}
        </span>
      )}
    </Link>
  );
}
