/** The statuses of deployments and what is deployed, for filters. */
import type { Deployment } from "@/api/types";

export type DeploymentStatus = Deployment["status"];

export const DEPLOYMENT_STATUSES: readonly { value: DeploymentStatus; label: string }[] = [
  { value: "deployed", label: "Deployed" },
  { value: "deploying", label: "Deploying" },
  { value: "pending", label: "Pending" },
  { value: "failed", label: "Failed" },
  { value: "stopped", label: "Stopped" },
];

export const TARGET_TYPES = ["agent", "team", "workflow"] as const satisfies readonly Deployment["target_type"][];
