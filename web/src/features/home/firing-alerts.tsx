import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { BellRing } from "lucide-react";
import { Section } from "@/components/ui/card";
import { StatusBadge } from "@/components/ui/status-badge";
import { RelativeTime } from "@/components/ui/time";
import { firingAlerts } from "./api";

/** The alerts that fire, each a link; nothing at all while none does. */
export function FiringAlerts() {
  const alerts = useQuery(firingAlerts);
  const items = alerts.data?.items ?? [];
  if (items.length === 0) return null;
  const all = (
    <Link to="/alerts" className="text-accent-text text-xs underline-offset-2 hover:underline">
      Show all<span className="sr-only"> firing alerts</span>
    </Link>
  );
  return (
    <Section title="Firing alerts" flush actions={all}>
      <ul className="divide-y divide-line">
        {items.map((alert) => (
          <li key={alert.id}>
            <Link
              to="/alerts/$alertId"
              params={{ alertId: alert.id }}
              className="flex items-center gap-3 px-4 py-2.5 hover:bg-hover focus-visible:-outline-offset-2"
            >
              <BellRing
                aria-hidden
                className={`size-4 shrink-0 ${alert.severity === "critical" ? "text-danger" : "text-warning"}`}
              />
              <span className="min-w-0 flex-1">
                <span className="block truncate font-medium text-sm">
                  {alert.config_name}
                  {alert.target_name !== null && <span className="font-normal text-muted"> · {alert.target_name}</span>}
                </span>
                <span className="block truncate text-muted text-xs">{String(alert.details.summary ?? "")}</span>
              </span>
              <StatusBadge status={alert.status} />
              <span className="w-20 shrink-0 text-right text-muted text-xs max-sm:hidden">
                <RelativeTime at={alert.started_at} />
              </span>
            </Link>
          </li>
        ))}
      </ul>
    </Section>
  );
}
