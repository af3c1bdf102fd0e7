/** The roles of a member, from most to least, with the words for them. */
import type { Role } from "@/api/types";

export const ROLES: readonly { value: Role; label: string; hint: string }[] = [
  { value: "owner", label: "Owner", hint: "All permissions, including managing owners and deleting the organization." },
  {
    value: "admin",
    label: "Admin",
    hint: "Manages members, API keys, model providers and settings, and everything an agent manager can.",
  },
  {
    value: "agent_manager",
    label: "Agent manager",
    hint: "Creates and runs agents and tools, chats, and decides on approvals.",
  },
  { value: "viewer", label: "Viewer", hint: "Read-only access." },
];

export function roleLabel(role: string | null | undefined): string {
  return ROLES.find((each) => each.value === role)?.label ?? "";
}
