import {
  Bell,
  BellRing,
  Bot,
  CalendarClock,
  ChartLine,
  Hand,
  House,
  type LucideIcon,
  MessagesSquare,
  Play,
  Receipt,
  Rocket,
  Settings,
  UsersRound,
  Workflow,
  Wrench,
} from "lucide-react";

export const GROUPS = ["Build", "Run", "Observe", "Deploy"] as const;
export type NavigationGroup = (typeof GROUPS)[number];

export interface NavigationItem {
  to: string;
  label: string;
  icon: LucideIcon;
  /** The key after `g`. */
  key: string;
  /** What one does there; Home and Settings belong to no group. */
  group?: NavigationGroup;
}

export const HOME: NavigationItem = { to: "/", label: "Home", icon: House, key: "h" };
export const SETTINGS: NavigationItem = { to: "/settings", label: "Settings", icon: Settings, key: "s" };

/** Only what exists: a package adds its line when its page works. */
export const NAVIGATION: readonly NavigationItem[] = [
  HOME,
  { to: "/agents", label: "Agents", icon: Bot, key: "a", group: "Build" },
  { to: "/teams", label: "Teams", icon: UsersRound, key: "m", group: "Build" },
  { to: "/workflows", label: "Workflows", icon: Workflow, key: "w", group: "Build" },
  { to: "/tools", label: "Tools", icon: Wrench, key: "t", group: "Build" },
  { to: "/chat", label: "Chat", icon: MessagesSquare, key: "c", group: "Run" },
  { to: "/runs", label: "Runs", icon: Play, key: "r", group: "Run" },
  { to: "/schedules", label: "Schedules", icon: CalendarClock, key: "d", group: "Run" },
  { to: "/approvals", label: "Approvals", icon: Hand, key: "p", group: "Run" },
  // Not /metrics, which is for Prometheus.
  { to: "/agent-metrics", label: "Metrics", icon: ChartLine, key: "i", group: "Observe" },
  { to: "/usage", label: "Usage", icon: Receipt, key: "u", group: "Observe" },
  { to: "/alerts", label: "Alerts", icon: BellRing, key: "e", group: "Observe" },
  { to: "/notifications", label: "Notifications", icon: Bell, key: "n", group: "Observe" },
  { to: "/deployments", label: "Deployments", icon: Rocket, key: "l", group: "Deploy" },
];
