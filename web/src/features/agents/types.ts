/** The types of the built-in templates; any other valid name may be given. */
export const AGENT_TYPES = [
  { value: "market", label: "Market" },
  { value: "websearch", label: "Web search" },
  { value: "media", label: "Media" },
  { value: "alarm", label: "Alarm" },
  { value: "finance", label: "Finance" },
  { value: "incident", label: "Incident" },
  { value: "release-notes", label: "Release notes" },
  { value: "recruiting", label: "Recruiting" },
  { value: "sales", label: "Sales" },
  { value: "support", label: "Support" },
  { value: "custom", label: "Custom" },
] as const;
