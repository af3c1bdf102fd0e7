import {
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

export interface NavigationItem {
  to: string;
  label: string;
  icon: LucideIcon;
  /** The key after `g`. */
  key: string;
}

/** Only what exists: a package adds its line when its page works. */
export const NAVIGATION: readonly NavigationItem[] = [
  { to: "/", label: "Home", icon: House, key: "h" },
  { to: "/agents", label: "Agents", icon: Bot, key: "a" },
  { to: "/teams", label: "Teams", icon: UsersRound, key: "m" },
  { to: "/workflows", label: "Workflows", icon: Workflow, key: "w" },
  { to: "/runs", label: "Runs", icon: Play, key: "r" },
  { to: "/schedules", label: "Schedules", icon: CalendarClock, key: "d" },
  { to: "/deployments", label: "Deployments", icon: Rocket, key: "l" },
  { to: "/alerts", label: "Alerts", icon: BellRing, key: "e" },
  { to: "/chat", label: "Chat", icon: MessagesSquare, key: "c" },
  { to: "/tools", label: "Tools", icon: Wrench, key: "t" },
  { to: "/approvals", label: "Approvals", icon: Hand, key: "p" },
  // Not /metrics, which is for Prometheus.
  { to: "/agent-metrics", label: "Metrics", icon: ChartLine, key: "i" },
  { to: "/usage", label: "Usage", icon: Receipt, key: "u" },
];

export const SETTINGS: NavigationItem = { to: "/settings", label: "Settings", icon: Settings, key: "s" };
