import { useQuery } from "@tanstack/react-query";
import type { NotificationPreference, SetPreference } from "@/api/types";
import { Card } from "@/components/ui/card";
import { type Column, DataTable } from "@/components/ui/data-table";
import { ErrorNotice, Notice } from "@/components/ui/notice";
import { Loaded } from "@/components/ui/page-states";
import { Select } from "@/components/ui/select";
import { Switch } from "@/components/ui/switch";
import { preferences, useSetPreference } from "./api";
import { WORDS } from "./words";

const EMAIL: Record<NotificationPreference["email"], string> = {
  off: "No",
  instant: "At once",
  hourly: "Hourly digest",
  daily: "Daily digest",
};

/** How you want to hear of each type of notification. */
export function PreferencesPanel() {
  const query = useQuery(preferences);
  const save = useSetPreference();
  return (
    <Loaded query={query}>
      {({ items, is_email_available: hasEmail }) => (
        <div className="flex flex-col gap-4">
          {!hasEmail && <Notice>E-mail is not available: no mail server is configured for this installation.</Notice>}
          <ErrorNotice error={save.error} />
          <Card>
            <DataTable
              label="Preferences"
              rows={items}
              rowKey={(each) => each.type}
              columns={columns(hasEmail, (preference) => save.mutate(preference))}
            />
          </Card>
        </div>
      )}
    </Loaded>
  );
}

function columns(hasEmail: boolean, onChange: (change: SetPreference) => void): Column<NotificationPreference>[] {
  return [
    { id: "type", header: "Notification", cell: (each) => WORDS[each.type] },
    {
      id: "in_app",
      header: "In the inbox",
      cell: (each) => (
        <Switch
          label={`${WORDS[each.type]}: in the inbox`}
          checked={each.in_app}
          onChange={(in_app) => onChange({ type: each.type, in_app })}
        />
      ),
    },
    {
      id: "email",
      header: "By e-mail",
      cell: (each) => (
        <Select
          aria-label={`${WORDS[each.type]}: by e-mail`}
          value={each.email}
          disabled={!hasEmail}
          onChange={(event) => onChange({ type: each.type, email: event.target.value as NotificationPreference["email"] })}
        >
          {Object.entries(EMAIL).map(([value, label]) => (
            <option key={value} value={value}>
              {label}
            </option>
          ))}
        </Select>
      ),
    },
  ];
}
