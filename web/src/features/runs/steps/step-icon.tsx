import {
  Bot,
  CircleHelp,
  Clock3,
  Code,
  GitFork,
  Hand,
  LogIn,
  LogOut,
  Repeat,
  Rows3,
  UserRound,
  UsersRound,
  Variable,
  Waypoints,
  Workflow,
  Wrench,
} from "lucide-react";
import type { StepType } from "@/api/types";

const ICON = {
  llm_call: Bot,
  tool: Wrench,
  member: UserRound,
  agent: Bot,
  team: UsersRound,
  workflow: Workflow,
  decision: GitFork,
  transform: Variable,
  approval: Hand,
  question: CircleHelp,
  wait: Clock3,
  map: Rows3,
  loop: Repeat,
  code: Code,
  n8n: Waypoints,
  input: LogIn,
  output: LogOut,
};
const INK: Record<StepType, string> = {
  llm_call: "text-violet",
  tool: "text-warning",
  member: "text-violet",
  agent: "text-violet",
  team: "text-violet",
  workflow: "text-violet",
  decision: "text-info",
  transform: "text-muted",
  approval: "text-warning",
  question: "text-warning",
  wait: "text-muted",
  map: "text-info",
  loop: "text-info",
  code: "text-muted",
  n8n: "text-info",
  input: "text-muted",
  output: "text-success",
};

export function StepIcon({ type, className = "size-3.5" }: { readonly type: StepType; readonly className?: string }) {
  const Icon = ICON[type] ?? GitFork;
  return <Icon aria-hidden="true" className={`${className} shrink-0 ${INK[type] ?? ""}`} />;
}
