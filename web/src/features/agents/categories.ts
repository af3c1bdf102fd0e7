import type { AgentCategory } from "@/api/types";

export const CATEGORIES: readonly { value: AgentCategory; label: string }[] = [
  { value: "popular", label: "Popular" },
  { value: "customer-service", label: "Customer service" },
  { value: "support", label: "Support" },
  { value: "sales", label: "Sales" },
  { value: "marketing", label: "Marketing" },
  { value: "engineering", label: "Engineering" },
  { value: "it", label: "IT" },
  { value: "hr", label: "HR" },
];

export function categoryLabel(category: string): string {
  return CATEGORIES.find((each) => each.value === category)?.label ?? category;
}

export const STATUSES = [
  { value: "active", label: "Active" },
  { value: "inactive", label: "Inactive" },
  { value: "paused", label: "Paused" },
  { value: "error", label: "Error" },
] as const;
