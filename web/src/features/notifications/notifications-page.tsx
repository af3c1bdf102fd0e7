import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { CheckCheck, Inbox } from "lucide-react";
import type { Notification } from "@/api/types";
import { Badge, type Tone } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { EmptyState } from "@/components/ui/empty-state";
import { LoadMore } from "@/components/ui/load-more";
import { Page } from "@/components/ui/page";
import { Loaded } from "@/components/ui/page-states";
import { TabPanel, Tabs } from "@/components/ui/tabs";
import { RelativeTime } from "@/components/ui/time";
import { cx } from "@/lib/cx";
import { useShortcuts } from "@/lib/shortcuts";
import { notificationList, useMark, useMarkAll } from "./api";
import { PreferencesPanel } from "./preferences-panel";

export type InboxTab = "unread" | "all" | "preferences";

interface Props {
  readonly tab: InboxTab;
  readonly onTab: (tab: InboxTab) => void;
}

const TONES: Record<Notification["priority"], Tone> = {
  low: "neutral",
  medium: "info",
  high: "warning",
  critical: "danger",
};

export function NotificationsPage({ tab, onTab }: Props) {
  const markAll = useMarkAll();
  useShortcuts({ "shift+m": () => markAll.mutate() });
  return (
    <Page
      title="Notifications"
      actions={
        <Button icon={CheckCheck} busy={markAll.isPending} onClick={() => markAll.mutate()}>
          Mark all as read
        </Button>
      }
    >
      <Tabs
        label="Views"
        value={tab}
        onChange={(next) => onTab(next as InboxTab)}
        tabs={[
          { value: "unread", label: "Unread" },
          { value: "all", label: "All" },
          { value: "preferences", label: "Preferences" },
        ]}
      >
        <TabPanel value="unread" className="pt-4">
          <NotificationList isUnread />
        </TabPanel>
        <TabPanel value="all" className="pt-4">
          <NotificationList isUnread={false} />
        </TabPanel>
        <TabPanel value="preferences" className="pt-4">
          <PreferencesPanel />
        </TabPanel>
      </Tabs>
    </Page>
  );
}

function NotificationList({ isUnread }: { isUnread: boolean }) {
  const notifications = useInfiniteQuery(notificationList(isUnread ? { unread: true } : {}));
  return (
    <Card>
      <Loaded query={notifications}>
        {(data) => {
          const rows = data.pages.flatMap((page) => page.items);
          if (rows.length === 0) {
            return (
              <EmptyState icon={Inbox} title={isUnread ? "You're all caught up" : "No notifications yet"}>
                Failed runs, changes of agents, deployments and alerts are listed here.
              </EmptyState>
            );
          }
          return (
            <ul aria-label="Notifications" className="divide-y divide-line">
              {rows.map((each) => (
                <Item key={each.id} notification={each} />
              ))}
            </ul>
          );
        }}
      </Loaded>
      <LoadMore query={notifications} />
    </Card>
  );
}

function Item({ notification }: { notification: Notification }) {
  const mark = useMark();
  const isRead = notification.read_at !== null;
  return (
    <li className="flex flex-wrap items-start gap-x-3 gap-y-1 px-4 py-3">
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
          <Target notification={notification} onOpen={() => !isRead && mark.mutate({ id: notification.id, read: true })} />
        </div>
      </div>
      <Button
        size="sm"
        variant="ghost"
        busy={mark.isPending}
        onClick={() => mark.mutate({ id: notification.id, read: !isRead })}
      >
        {isRead ? "Mark as unread" : "Mark as read"}
      </Button>
    </li>
  );
}

/** The link to what the notification is about. */
function Target({ notification: { data }, onOpen }: { notification: Notification; onOpen: () => void }) {
  const className = "text-accent-text underline-offset-2 hover:underline";
  if (typeof data.alert_id === "string") {
    return (
      <Link to="/alerts/$alertId" params={{ alertId: data.alert_id }} className={className} onClick={onOpen}>
        Open alert
      </Link>
    );
  }
  if (typeof data.approval_id === "string") {
    return (
      <Link to="/approvals" className={className} onClick={onOpen}>
        Open approvals
      </Link>
    );
  }
  if (typeof data.run_id === "string") {
    return (
      <Link to="/runs/$runId" params={{ runId: data.run_id }} className={className} onClick={onOpen}>
        Open run
      </Link>
    );
  }
  if (typeof data.agent_id === "string") {
    return (
      <Link to="/agents/$agentId" params={{ agentId: data.agent_id }} className={className} onClick={onOpen}>
        Open agent
      </Link>
    );
  }
  return null;
}
