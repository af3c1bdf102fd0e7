import { createFileRoute, useNavigate } from "@tanstack/react-router";
import { type InboxSearch, NotificationsPage, PRIORITIES, TYPES } from "@/features/notifications/notifications-page";
import { defined } from "@/lib/defined";
import { useUnderstood } from "../../understood";

const TABS = ["snoozed", "all", "preferences"] as const;

export const Route = createFileRoute("/_app/notifications")({
  staticData: { crumb: "Notifications" },
  validateSearch: (search: Record<string, unknown>): InboxSearch =>
    defined({
      tab: TABS.find((each) => each === search.tab),
      type: TYPES.find(([each]) => each === search.type)?.[0],
      priority: PRIORITIES.find(([each]) => each === search.priority)?.[0],
    }),
  component: Notifications,
});

function Notifications() {
  const search = useUnderstood(Route);
  const navigate = useNavigate();
  return (
    <NotificationsPage
      search={search}
      onSearch={({ tab, ...others }) =>
        void navigate({
          to: "/notifications",
          search: defined({ tab: tab === "unread" ? undefined : tab, ...others }),
          replace: true,
        })
      }
    />
  );
}
