import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { BellOff, Clock } from "lucide-react";
import type { Notification, NotificationPreference } from "@/api/types";
import { Badge, type Tone } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Menu, MenuItem } from "@/components/ui/menu";
import { RelativeTime } from "@/components/ui/time";
import { useToast } from "@/components/ui/toast";
import { cx } from "@/lib/cx";
import { absoluteTime } from "@/lib/format";
import { preferences, useChange, useSetPreference } from "./api";
import { snoozes } from "./moments";
import { wordOf } from "./words";

const TONES: Record<Notification["priority"], Tone> = {
  low: "neutral",
  medium: "info",
  high: "warning",
  critical: "danger",
};

interface Props {
  readonly notification: Notification;
  readonly isChosen: boolean;
  readonly isMenuOpen: boolean;
  readonly onMenu: (isOpen: boolean) => void;
}

/** One notification of the inbox, and what one can do with it. */
export function NotificationItem({ notification, isChosen, isMenuOpen, onMenu }: Props) {
  const change = useChange();
  const { id, snoozed_until: snoozedUntil } = notification;
  const isRead = notification.read_at !== null;
  return (
    <li
      aria-current={isChosen ? "true" : undefined}
      data-notification={id}
      className={cx("flex flex-wrap items-start gap-x-3 gap-y-1 px-4 py-3", isChosen && "bg-hover")}
    >
      <span aria-hidden className={cx("mt-1.5 size-2 shrink-0 rounded-full", isRead ? "bg-transparent" : "bg-accent")} />
      <div className="min-w-0 flex-1 basis-60">
        <p className={cx("text-sm", isRead ? "text-muted" : "font-medium text-fg")}>
          {notification.title}
          {notification.count > 1 && <span className="ml-1.5 text-muted text-xs">{notification.count} times</span>}
          {!isRead && <span className="sr-only"> (unread)</span>}
        </p>
        <p className="mt-0.5 break-words text-muted text-sm">{notification.message}</p>
        <div className="mt-1 flex flex-wrap items-center gap-2 text-xs">
          <Badge tone={TONES[notification.priority]}>{notification.priority}</Badge>
          <RelativeTime at={notification.created_at} className="text-faint" />
          {snoozedUntil !== null && <span className="text-muted">Snoozed until {absoluteTime(snoozedUntil)}</span>}
          <Target notification={notification} onOpen={() => !isRead && change.mutate({ id, read: true })} />
        </div>
      </div>
      <span className="flex flex-wrap items-center gap-1">
        <Button size="sm" variant="ghost" busy={change.isPending} onClick={() => change.mutate({ id, read: !isRead })}>
          {isRead ? "Mark as unread" : "Mark as read"}
        </Button>
        <SnoozeMenu notification={notification} isOpen={isMenuOpen} onOpen={onMenu} />
      </span>
    </li>
  );
}

function SnoozeMenu(props: { notification: Notification; isOpen: boolean; onOpen: (isOpen: boolean) => void }) {
  const { notification, isOpen, onOpen } = props;
  const toast = useToast();
  const change = useChange();
  const set = useSetPreference();
  const known = useQuery(preferences);
  const kind = known.data?.items.find((each) => each.type === notification.type);
  const onError = (error: Error) => toast.danger(error);

  function snooze(until: Date | null): void {
    const snoozed_until = until?.toISOString() ?? null;
    const told = until === null ? "Listed again." : `Snoozed until ${absoluteTime(until.getTime())}.`;
    change.mutate({ id: notification.id, snoozed_until }, { onSuccess: () => toast.success(told), onError });
  }

  function mute(type: NotificationPreference["type"]): void {
    const onSuccess = () => toast.success("Muted. You can change this under Preferences.");
    set.mutate({ type, in_app: false }, { onSuccess, onError });
  }

  return (
    <Menu
      open={isOpen}
      onOpenChange={onOpen}
      trigger={
        <Button size="sm" variant="ghost" icon={Clock} aria-label={`Snooze or mute ${notification.title}`}>
          Snooze
        </Button>
      }
    >
      {notification.snoozed_until !== null && <MenuItem onSelect={() => snooze(null)}>List again now</MenuItem>}
      {snoozes(new Date()).map(([label, until]) => (
        <MenuItem key={label} onSelect={() => snooze(until)}>
          {label}
        </MenuItem>
      ))}
      {kind?.in_app && (
        <MenuItem icon={BellOff} onSelect={() => mute(kind.type)}>
          Mute: {wordOf(kind.type)}
        </MenuItem>
      )}
    </Menu>
  );
}

/** The link to what the notification is about. */
function Target({ notification: { data }, onOpen }: { notification: Notification; onOpen: () => void }) {
  const common = { className: "text-accent-text underline-offset-2 hover:underline", onClick: onOpen, "data-open": true };
  if (typeof data.alert_id === "string") {
    return (
      <Link to="/alerts/$alertId" params={{ alertId: data.alert_id }} {...common}>
        Open alert
      </Link>
    );
  }
  if (typeof data.approval_id === "string") {
    return (
      <Link to="/approvals" {...common}>
        Open approvals
      </Link>
    );
  }
  if (typeof data.run_id === "string") {
    return (
      <Link to="/runs/$runId" params={{ runId: data.run_id }} {...common}>
        Open run
      </Link>
    );
  }
  if (typeof data.agent_id === "string") {
    return (
      <Link to="/agents/$agentId" params={{ agentId: data.agent_id }} {...common}>
        Open agent
      </Link>
    );
  }
  return null;
}
