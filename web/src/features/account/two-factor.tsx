import { useQuery } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { isApiError } from "@/api/problem";
import { PasswordField } from "@/components/password-field";
import { Button } from "@/components/ui/button";
import { Section } from "@/components/ui/card";
import { Dialog } from "@/components/ui/dialog";
import { ErrorNotice } from "@/components/ui/notice";
import { Loaded } from "@/components/ui/page-states";
import { twoFactorQuery, useDisableTwoFactor, useRefreshTwoFactor } from "./api";
import { CodeField } from "./code-field";
import { TwoFactorSetup } from "./two-factor-setup";

/** Two-factor authentication: its state, and the dialogs that enable and disable it. */
export function TwoFactor() {
  const state = useQuery(twoFactorQuery);
  const refresh = useRefreshTwoFactor();
  const [open, setOpen] = useState<"setup" | "disable" | null>(null);
  function close(): void {
    setOpen(null);
    void refresh();
  }
  return (
    <Section title="Two-factor authentication" description="A code from an authenticator app, in addition to the password.">
      <Loaded query={state}>
        {(data) => (
          <div className="flex flex-wrap items-center gap-3">
            <p className="min-w-0 flex-1 text-fg text-sm">
              {data.is_enabled ? `Enabled. ${data.recovery_codes_left} recovery codes left.` : "Not enabled."}
            </p>
            <Button onClick={() => setOpen(data.is_enabled ? "disable" : "setup")}>
              {data.is_enabled ? "Disable" : "Set up"}
            </Button>
          </div>
        )}
      </Loaded>
      {open === "setup" && <TwoFactorSetup onClose={close} />}
      {open === "disable" && <DisableDialog onClose={close} />}
    </Section>
  );
}

function DisableDialog({ onClose }: { onClose: () => void }) {
  const disable = useDisableTwoFactor();
  const [form, setForm] = useState({ password: "", code: "" });
  const problemOf = (name: string) => (isApiError(disable.error) ? disable.error.fieldMessage(name) : undefined);
  function onSubmit(event: FormEvent): void {
    event.preventDefault();
    disable.mutate(form, { onSuccess: onClose });
  }
  return (
    <Dialog open onOpenChange={onClose} size="sm" title="Disable two-factor authentication">
      <form onSubmit={onSubmit} className="flex flex-col gap-4">
        <PasswordField
          label="Current password"
          kind="current"
          value={form.password}
          onChange={(password) => setForm({ ...form, password })}
          error={problemOf("password")}
        />
        <CodeField value={form.code} onChange={(code) => setForm({ ...form, code })} error={problemOf("code")} />
        {!problemOf("password") && !problemOf("code") && <ErrorNotice error={disable.error} />}
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" variant="danger" busy={disable.isPending} disabled={!form.password || !form.code}>
            Disable
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
