import { useQuery } from "@tanstack/react-query";
import { ShieldCheck, ShieldOff } from "lucide-react";
import { type FormEvent, useState } from "react";
import { isApiError } from "@/api/problem";
import { PasswordField } from "@/components/password-field";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Section } from "@/components/ui/card";
import { Dialog } from "@/components/ui/dialog";
import { ErrorNotice, Notice } from "@/components/ui/notice";
import { Loaded } from "@/components/ui/page-states";
import { plural } from "@/lib/format";
import { twoFactorQuery, useDisableTwoFactor, useRefreshTwoFactor, useRenewRecoveryCodes } from "./api";
import { CodeField } from "./code-field";
import { RecoveryCodes } from "./recovery-codes";
import { TwoFactorSetup } from "./two-factor-setup";

const FEW_CODES = 3;

/** Two-factor authentication: its state, and the dialogs that enable it, disable it and renew its recovery codes. */
export function TwoFactor() {
  const state = useQuery(twoFactorQuery);
  const refresh = useRefreshTwoFactor();
  const [open, setOpen] = useState<"setup" | "disable" | "renew" | null>(null);
  function close(): void {
    setOpen(null);
    void refresh();
  }
  return (
    <Section title="Two-factor authentication" description="A code from an authenticator app, in addition to the password.">
      <Loaded query={state}>
        {(data) => (
          <div className="flex flex-col gap-3">
            <div className="flex flex-wrap items-center gap-2">
              <p className="flex min-w-0 flex-1 basis-48 flex-wrap items-center gap-2 text-muted text-sm">
                <Badge tone={data.is_enabled ? "success" : "neutral"} icon={data.is_enabled ? ShieldCheck : ShieldOff}>
                  {data.is_enabled ? "Enabled" : "Not enabled"}
                </Badge>
                {data.is_enabled && `${plural(data.recovery_codes_left, "recovery code")} left`}
              </p>
              {data.is_enabled ? (
                <>
                  <Button onClick={() => setOpen("renew")}>Renew recovery codes</Button>
                  <Button variant="danger-ghost" onClick={() => setOpen("disable")}>
                    Disable
                  </Button>
                </>
              ) : (
                <Button variant="primary" onClick={() => setOpen("setup")}>
                  Set up
                </Button>
              )}
            </div>
            {data.is_enabled && data.recovery_codes_left <= FEW_CODES && (
              <Notice tone="warning">Renew your recovery codes: without one, losing the device locks you out.</Notice>
            )}
          </div>
        )}
      </Loaded>
      {open === "setup" && <TwoFactorSetup onClose={close} />}
      {open === "disable" && <DisableDialog onClose={close} />}
      {open === "renew" && <RenewDialog onClose={close} />}
    </Section>
  );
}

function DisableDialog({ onClose }: { onClose: () => void }) {
  const disable = useDisableTwoFactor();
  return (
    <Dialog
      open
      onOpenChange={onClose}
      size="sm"
      title="Disable two-factor authentication"
      description="You then sign in with the password only. Your recovery codes are deleted."
    >
      <ProofForm
        error={disable.error}
        isPending={disable.isPending}
        confirmLabel="Disable"
        isDangerous
        onCancel={onClose}
        onProof={(proof) => disable.mutate(proof, { onSuccess: onClose })}
      />
    </Dialog>
  );
}

function RenewDialog({ onClose }: { onClose: () => void }) {
  const renew = useRenewRecoveryCodes();
  if (renew.data) {
    return (
      <Dialog open onOpenChange={onClose} size="sm" title="Save your recovery codes">
        <RecoveryCodes codes={renew.data.recovery_codes} onDone={onClose} />
      </Dialog>
    );
  }
  return (
    <Dialog
      open
      onOpenChange={onClose}
      size="sm"
      title="Renew recovery codes"
      description="You get ten new codes. The codes you have now stop working."
    >
      <ProofForm
        error={renew.error}
        isPending={renew.isPending}
        confirmLabel="Renew codes"
        onCancel={onClose}
        onProof={(proof) => renew.mutate(proof)}
      />
    </Dialog>
  );
}

interface ProofFormProps {
  error: unknown;
  isPending: boolean;
  confirmLabel: string;
  isDangerous?: boolean;
  onCancel: () => void;
  onProof: (proof: { password: string; code: string }) => void;
}

/** Asks for the password and a code. */
function ProofForm({ error, isPending, confirmLabel, isDangerous = false, onCancel, onProof }: ProofFormProps) {
  const [form, setForm] = useState({ password: "", code: "" });
  const problemOf = (name: string) => (isApiError(error) ? error.fieldMessage(name) : undefined);
  function onSubmit(event: FormEvent): void {
    event.preventDefault();
    onProof(form);
  }
  return (
    <form onSubmit={onSubmit} className="flex flex-col gap-4">
      <PasswordField
        label="Current password"
        kind="current"
        value={form.password}
        onChange={(password) => setForm({ ...form, password })}
        error={problemOf("password")}
      />
      <CodeField value={form.code} onChange={(code) => setForm({ ...form, code })} error={problemOf("code")} />
      {!problemOf("password") && !problemOf("code") && <ErrorNotice error={error} />}
      <div className="flex justify-end gap-2">
        <Button onClick={onCancel}>Cancel</Button>
        <Button
          type="submit"
          variant={isDangerous ? "danger" : "primary"}
          busy={isPending}
          disabled={!form.password || !form.code}
        >
          {confirmLabel}
        </Button>
      </div>
    </form>
  );
}
