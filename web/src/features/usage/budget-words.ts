/** What the values of budgets are called. */
import type { Budget } from "@/api/types";

export const SCOPES: Record<Budget["scope"], string> = {
  organization: "Organization",
  agent: "Agent",
  team: "Team",
  workflow: "Workflow",
  user: "User",
  api_key: "API key",
  run: "Each run",
};

export const PERIODS: Record<Budget["period"], string> = {
  day: "Each day",
  month: "Each month",
  total: "In total",
};

export const AT_LIMIT: Record<Budget["at_limit"], string> = {
  refuse: "calls are refused",
  ask: "a person is asked",
  downgrade: "a cheaper model is called",
};
