import { BellOff, ChevronDown } from "lucide-react";
import type { Alert } from "@/api/types";
import { Button } from "@/components/ui/button";
import { Menu, MenuItem } from "@/components/ui/menu";
import { useToast } from "@/components/ui/toast";
import { useAlertAction, useCreateSilence } from "./api";

const SILENCES = [
  { minutes: 15, label: "15 minutes" },
  { minutes: 60, label: "1 hour" },
  { minutes: 24 * 60, label: "1 day" },
  { minutes: 7 * 24 * 60, label: "7 days" },
];
const MINUTE_MS = 60_000;

/** What one can do with an alert that is not resolved. */
export function AlertActions({ alert }: { alert: Alert }) {
  const toast = useToast();
  const acknowledge = useAlertAction(alert.id, "acknowledge");
  const resolve = useAlertAction(alert.id, "resolve");
  const silence = useCreateSilence();
  const onError = (error: Error) => toast.danger(error);
  if (alert.status === "resolved") return null;

  function silenceFor(minutes: number): void {
    const ends_at = new Date(Date.now() + minutes * MINUTE_MS).toISOString();
    const scope = alert.config_id === null ? {} : { config_id: alert.config_id };
    const agent = alert.agent_id === null ? {} : { agent_id: alert.agent_id };
    silence.mutate({ ends_at, ...scope, ...agent }, { onSuccess: () => toast.success("Silenced."), onError });
  }

  function silenceUntilResolved(): void {
    const body = { alert_id: alert.id, ends_when_resolved: true };
    silence.mutate(body, { onSuccess: () => toast.success("Silenced until it is resolved."), onError });
  }

  return (
    <span className="flex flex-wrap items-center justify-end gap-1">
      {alert.status === "open" && (
        <Button
          size="sm"
          aria-label={`Acknowledge ${alert.config_name}`}
          busy={acknowledge.isPending}
          onClick={() => acknowledge.mutate(undefined, { onError })}
        >
          Acknowledge
        </Button>
      )}
      <Menu
        trigger={
          <Button size="sm" variant="ghost" icon={BellOff} aria-label={`Silence ${alert.config_name}`}>
            Silence <ChevronDown aria-hidden className="size-3" />
          </Button>
        }
      >
        <MenuItem onSelect={silenceUntilResolved}>Until resolved</MenuItem>
        {SILENCES.map(({ minutes, label }) => (
          <MenuItem key={minutes} onSelect={() => silenceFor(minutes)}>
            {label}
          </MenuItem>
        ))}
      </Menu>
      <Button
        size="sm"
        variant="ghost"
        aria-label={`Resolve ${alert.config_name}`}
        busy={resolve.isPending}
        onClick={() => resolve.mutate(undefined, { onError })}
      >
        Resolve
      </Button>
    </span>
  );
}
