/** The statuses of deployments, for filters. */
import type { Deployment } from "@/api/types";

export type DeploymentStatus = Deployment["status"];

export const DEPLOYMENT_STATUSES: readonly { value: DeploymentStatus; label: string }[] = [
  { value: "deployed", label: "Deployed" },
  { value: "deploying", label: "Deploying" },
  { value: "pending", label: "Pending" },
  { value: "failed", label: "Failed" },
  { value: "stopped", label: "Stopped" },
];
