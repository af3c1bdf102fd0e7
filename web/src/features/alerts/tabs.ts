/** The views of the page of alerts. */
export const TABS = [
  { value: "firing", label: "Firing" },
  { value: "history", label: "History" },
  { value: "rules", label: "Rules" },
  { value: "silences", label: "Silences" },
  { value: "channels", label: "Channels" },
] as const;

export type AlertTab = (typeof TABS)[number]["value"];
