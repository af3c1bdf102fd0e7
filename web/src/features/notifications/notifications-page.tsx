import { CheckCheck } from "lucide-react";
import type { Notification, NotificationPreference } from "@/api/types";
import { SavedViews } from "@/components/saved-views";
import { Button } from "@/components/ui/button";
import { FilterSelect } from "@/components/ui/filter-select";
import { Page } from "@/components/ui/page";
import { TabPanel, Tabs } from "@/components/ui/tabs";
import { useShortcuts } from "@/lib/shortcuts";
import { useMarkAll } from "./api";
import { NotificationList } from "./notification-list";
import { PreferencesPanel } from "./preferences-panel";
import { WORDS } from "./words";

export type InboxTab = "unread" | "snoozed" | "all" | "preferences";

export interface InboxSearch {
  tab?: InboxTab | undefined;
  type?: NotificationPreference["type"] | undefined;
  priority?: Notification["priority"] | undefined;
}

interface Props {
  readonly search: InboxSearch;
  readonly onSearch: (search: InboxSearch) => void;
}

export const PRIORITIES: readonly (readonly [Notification["priority"], string])[] = [
  ["critical", "Critical"],
  ["high", "High"],
  ["medium", "Medium"],
  ["low", "Low"],
];
export const TYPES = Object.entries(WORDS) as [NotificationPreference["type"], string][];

export function NotificationsPage({ search, onSearch }: Props) {
  const { tab = "unread", type, priority } = search;
  const markAll = useMarkAll();
  const onMarkAll = () => markAll.mutate();
  useShortcuts({ M: onMarkAll });
  return (
    <Page
      title="Notifications"
      actions={
        <>
          <SavedViews list="notifications" />
          <Button icon={CheckCheck} busy={markAll.isPending} onClick={onMarkAll}>
            Mark all as read
          </Button>
        </>
      }
    >
      <Tabs
        label="Views"
        value={tab}
        onChange={(next) => onSearch({ ...search, tab: next as InboxTab })}
        tabs={[
          { value: "unread", label: "Unread" },
          { value: "snoozed", label: "Snoozed" },
          { value: "all", label: "All" },
          { value: "preferences", label: "Preferences" },
        ]}
      >
        {tab !== "preferences" && (
          <div className="flex flex-wrap gap-2 pt-4">
            <FilterSelect
              label="Type"
              all="All types"
              className="w-64 max-w-full"
              value={type}
              options={TYPES}
              onChange={(next) => onSearch({ ...search, type: next })}
            />
            <FilterSelect
              label="Priority"
              all="All priorities"
              value={priority}
              options={PRIORITIES}
              onChange={(next) => onSearch({ ...search, priority: next })}
            />
          </div>
        )}
        <TabPanel value="unread" className="pt-4">
          <NotificationList filter={{ unread: true, type, priority }} emptyTitle="You're all caught up" />
        </TabPanel>
        <TabPanel value="snoozed" className="pt-4">
          <NotificationList filter={{ snoozed: true, type, priority }} emptyTitle="Nothing is snoozed" />
        </TabPanel>
        <TabPanel value="all" className="pt-4">
          <NotificationList filter={{ type, priority }} emptyTitle="No notifications yet" />
        </TabPanel>
        <TabPanel value="preferences" className="pt-4">
          <PreferencesPanel />
        </TabPanel>
      </Tabs>
    </Page>
  );
}
