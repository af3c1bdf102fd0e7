import { Bot, GitFork, LogIn, LogOut, UserRound, Wrench } from "lucide-react";
import type { StepType } from "@/api/types";

const ICON = { llm_call: Bot, tool: Wrench, member: UserRound, decision: GitFork, input: LogIn, output: LogOut };
const INK: Record<StepType, string> = {
  llm_call: "text-violet",
  tool: "text-warning",
  member: "text-violet",
  decision: "text-info",
  input: "text-muted",
  output: "text-success",
};

export function StepIcon({ type, className = "size-3.5" }: { readonly type: StepType; readonly className?: string }) {
  const Icon = ICON[type] ?? GitFork;
  return <Icon aria-hidden="true" className={`${className} shrink-0 ${INK[type] ?? ""}`} />;
}
