import { useInfiniteQuery } from "@tanstack/react-query";
import { Inbox } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import type { Notification } from "@/api/types";
import { Card } from "@/components/ui/card";
import { EmptyState } from "@/components/ui/empty-state";
import { LoadMore } from "@/components/ui/load-more";
import { Loaded } from "@/components/ui/page-states";
import { useNow } from "@/components/ui/time";
import { useShortcuts } from "@/lib/shortcuts";
import { type NotificationFilter, notificationList, useChange } from "./api";
import { dayOf } from "./moments";
import { NotificationItem } from "./notification-item";

interface Props {
  readonly filter: NotificationFilter;
  readonly emptyTitle: string;
}

/** Notifications by day. The keys j and k choose one, m marks it, s snoozes it, Enter opens what it is about. */
export function NotificationList({ filter, emptyTitle }: Props) {
  const query = useInfiniteQuery(notificationList(filter));
  const rows = query.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <Card>
      <Loaded query={query}>
        {() =>
          rows.length === 0 ? (
            <EmptyState icon={Inbox} title={emptyTitle}>
              Failed runs, changes of agents, deployments and alerts are listed here.
            </EmptyState>
          ) : (
            <Days rows={rows} />
          )
        }
      </Loaded>
      <LoadMore query={query} />
    </Card>
  );
}

function Days({ rows }: { rows: readonly Notification[] }) {
  const now = useNow();
  const box = useRef<HTMLDivElement>(null);
  const [place, setPlace] = useState<number | null>(null);
  const [menuOf, setMenuOf] = useState<string | null>(null);
  const change = useChange();
  const at = place === null ? null : Math.min(place, rows.length - 1);
  const chosen = at === null ? undefined : rows[at];
  const find = (what: string) => box.current?.querySelector<HTMLElement>(`[data-notification="${chosen?.id}"]${what}`);

  const onOpen = () => find(" [data-open]")?.click();

  // biome-ignore lint/correctness/useExhaustiveDependencies: the chosen one is brought into view when it is another
  useEffect(() => {
    find("")?.scrollIntoView({ block: "nearest" });
  }, [chosen?.id]);

  useShortcuts({
    j: () => setPlace(at === null ? 0 : Math.min(at + 1, rows.length - 1)),
    k: () => setPlace(at === null ? 0 : Math.max(at - 1, 0)),
    m: () => chosen && change.mutate({ id: chosen.id, read: chosen.read_at === null }),
    s: () => chosen && setMenuOf(chosen.id),
    Enter: onOpen,
  });

  return (
    <div ref={box} className="divide-y divide-line">
      {byDay(rows, now).map(([day, items]) => (
        <section key={day} aria-label={day}>
          <h2 className="px-4 pt-3 pb-1 font-medium text-muted text-xs">{day}</h2>
          <ul aria-label={`Notifications, ${day}`} className="divide-y divide-line">
            {items.map((each) => (
              <NotificationItem
                key={each.id}
                notification={each}
                isChosen={each === chosen}
                isMenuOpen={menuOf === each.id}
                onMenu={(isOpen) => setMenuOf(isOpen ? each.id : null)}
              />
            ))}
          </ul>
        </section>
      ))}
    </div>
  );
}

function byDay(rows: readonly Notification[], now: number): [string, Notification[]][] {
  const days: [string, Notification[]][] = [];
  for (const each of rows) {
    const day = dayOf(each.created_at, now);
    const last = days.at(-1);
    if (last?.[0] === day) last[1].push(each);
    else days.push([day, [each]]);
  }
  return days;
}
