import { Bot, Clock3, GitFork, Hand, LogIn, LogOut, UserRound, UsersRound, Variable, Workflow, Wrench } from "lucide-react";
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
  wait: Clock3,
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
  wait: "text-muted",
  input: "text-muted",
  output: "text-success",
};

export function StepIcon({ type, className = "size-3.5" }: { readonly type: StepType; readonly className?: string }) {
  const Icon = ICON[type] ?? GitFork;
  return <Icon aria-hidden="true" className={`${className} shrink-0 ${INK[type] ?? ""}`} />;
}
