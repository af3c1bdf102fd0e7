/** The statuses of workflows, for filters. */
import type { WorkflowStatus } from "@/api/types";

export const STATUSES: readonly { value: WorkflowStatus; label: string }[] = [
  { value: "active", label: "Active" },
  { value: "paused", label: "Paused" },
  { value: "error", label: "Error" },
  { value: "inactive", label: "Inactive" },
];
