/** By what usage is added up. */
import type { UsageDimension } from "@/api/types";

export const GROUPS: readonly (readonly [UsageDimension, string])[] = [
  ["agent", "Agents"],
  ["model", "Models"],
  ["user", "Users"],
  ["api_key", "API keys"],
  ["endpoint", "Endpoints"],
  ["day", "Days"],
];

export function isGroup(value: unknown): value is UsageDimension {
  return GROUPS.some(([group]) => group === value);
}
