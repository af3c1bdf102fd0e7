import { GitBranch, ListChecks, type LucideIcon, Network, UsersRound } from "lucide-react";
import type { TeamType } from "@/api/types";

export interface Mode {
  value: TeamType;
  label: string;
  icon: LucideIcon;
  /** What happens. */
  how: string;
  /** When it fits. */
  use: string;
}

export const MODES: readonly Mode[] = [
  {
    value: "route",
    label: "Route",
    icon: GitBranch,
    how: "The leader chooses one member, whose answer is the team's answer.",
    use: "Use it when one specialist is enough for each request.",
  },
  {
    value: "coordinate",
    label: "Coordinate",
    icon: Network,
    how: "The leader gives members tasks, as often as needed, and writes the answer.",
    use: "Use it when a request has parts for different specialists.",
  },
  {
    value: "collaborate",
    label: "Collaborate",
    icon: UsersRound,
    how: "All members get the same question; the leader makes one answer of theirs.",
    use: "Use it when several views make the answer better.",
  },
  {
    value: "tasks",
    label: "Tasks",
    icon: ListChecks,
    how: "The leader plans tasks that depend on each other; members do them in that order.",
    use: "Use it when the work has steps that need earlier results.",
  },
];

export function modeOf(type: string): Mode {
  return MODES.find((each) => each.value === type) ?? (MODES[1] as Mode);
}
