/** What types of notifications are called. */
import type { NotificationPreference } from "@/api/types";

export const WORDS: Record<NotificationPreference["type"], string> = {
  agent_error: "A run of an agent failed",
  agent_status_change: "The status of an agent changed",
  deployment_success: "A version was deployed",
  rate_limit_warning: "An API key is close to its rate limit",
  budget_warning: "A budget is almost used up, or used up",
  alert: "An alert",
  approval_requested: "An approval or question that waits for you",
  webhook_disabled: "A webhook was disabled after errors",
  backup_problem: "Backups of the installation need attention (superusers)",
  service_problem: "Redis or InfluxDB of the installation does not answer (superusers)",
};

export function wordOf(type: string): string {
  return type in WORDS ? WORDS[type as NotificationPreference["type"]] : type.replaceAll("_", " ");
}
