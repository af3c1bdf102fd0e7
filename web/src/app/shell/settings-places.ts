import {
  Archive,
  Braces,
  Building2,
  DatabaseBackup,
  Eraser,
  FileCode,
  Globe,
  KeyRound,
  type LucideIcon,
  Plug,
  Radio,
  ScrollText,
  UserCog,
  UserRound,
  Users,
  Waypoints,
  Webhook,
} from "lucide-react";
import { useCan, useSession } from "@/api/session";

export const SETTINGS_GROUPS = ["Organization", "Build", "Access and data", "Installation", "You"] as const;

export interface SettingsPlace {
  to: string;
  label: string;
  icon: LucideIcon;
  group: (typeof SETTINGS_GROUPS)[number];
  permission?: string;
  isForSuperusers?: true;
}

/** The pages of the settings; a package adds its line when its page works. */
const PLACES: readonly SettingsPlace[] = [
  { to: "/settings", label: "General", icon: Building2, group: "Organization" },
  { to: "/settings/members", label: "Members", icon: Users, group: "Organization" },
  { to: "/settings/models", label: "Models", icon: Plug, group: "Build" },
  { to: "/settings/variables", label: "Variables", icon: Braces, group: "Build" },
  { to: "/settings/web-search", label: "Web search", icon: Globe, group: "Build" },
  { to: "/settings/n8n", label: "n8n", icon: Waypoints, group: "Build" },
  { to: "/settings/webhooks", label: "Webhooks", icon: Webhook, group: "Build", permission: "webhooks:read" },
  { to: "/settings/files", label: "Files", icon: FileCode, group: "Build" },
  { to: "/settings/api-keys", label: "API keys", icon: KeyRound, group: "Access and data" },
  { to: "/settings/realtime", label: "Realtime", icon: Radio, group: "Access and data" },
  { to: "/settings/retention", label: "Retention", icon: Archive, group: "Access and data" },
  { to: "/settings/erasure", label: "Erasure", icon: Eraser, group: "Access and data" },
  { to: "/settings/audit", label: "Audit log", icon: ScrollText, group: "Access and data", permission: "audit:read" },
  { to: "/settings/accounts", label: "Accounts", icon: UserCog, group: "Installation", isForSuperusers: true },
  { to: "/settings/backups", label: "Backups", icon: DatabaseBackup, group: "Installation", isForSuperusers: true },
  { to: "/settings/account", label: "My account", icon: UserRound, group: "You" },
];

/** The pages of the settings that you may open. */
export function useSettingsPlaces(): SettingsPlace[] {
  const can = useCan();
  const { user } = useSession();
  return PLACES.filter(
    (place) => (!place.permission || can(place.permission)) && (!place.isForSuperusers || user.is_superuser),
  );
}
