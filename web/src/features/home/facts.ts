import type { DashboardAgent, DashboardTeam } from "@/api/types";
import { plural } from "@/lib/format";

/** What an agent or a team did in the window, and what is deployed of it, each in a few words. */
export function factsOf({
  run_count: runs,
  failed_count: failed,
  last_run,
  deployment,
}: Pick<DashboardAgent | DashboardTeam, "run_count" | "failed_count" | "last_run" | "deployment">): string[] {
  const none = last_run === null ? "No runs" : "No finished runs";
  const facts = [runs === 0 ? none : plural(runs, "run") + (failed > 0 ? `, ${failed} failed` : "")];
  if (deployment !== null) facts.push(`v${deployment.version} ${deployment.status}`);
  return facts;
}
