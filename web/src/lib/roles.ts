/** The roles of a member, from most to least, with the words for them. */
import type { Role } from "@/api/types";

export const ROLES: readonly { value: Role; label: string; hint: string }[] = [
  { value: "owner", label: "Owner", hint: "Everything, other owners and deleting the organization included." },
  { value: "admin", label: "Admin", hint: "Members, keys, model providers, settings, and all that agents do." },
  { value: "agent_manager", label: "Agent manager", hint: "Makes and runs agents and tools, chats, decides on approvals." },
  { value: "viewer", label: "Viewer", hint: "Looks at everything and changes nothing." },
];

export function roleLabel(role: string | null | undefined): string {
  return ROLES.find((each) => each.value === role)?.label ?? "";
}
