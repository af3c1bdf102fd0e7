import { createFileRoute, useNavigate } from "@tanstack/react-router";
import { type InboxTab, NotificationsPage } from "@/features/notifications/notifications-page";

export const Route = createFileRoute("/_app/notifications")({
  staticData: { crumb: "Notifications" },
  validateSearch: (search: Record<string, unknown>): { tab?: InboxTab } =>
    search.tab === "all" || search.tab === "preferences" ? { tab: search.tab } : {},
  component: Notifications,
});

function Notifications() {
  const { tab = "unread" } = Route.useSearch();
  const navigate = useNavigate();
  return (
    <NotificationsPage
      tab={tab}
      onTab={(next) =>
        void navigate({ to: "/notifications", search: next === "unread" ? {} : { tab: next }, replace: true })
      }
    />
  );
}
