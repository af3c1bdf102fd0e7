import { type FormEvent, useState } from "react";
import { isApiError } from "@/api/problem";
import { PasswordField } from "@/components/password-field";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { ErrorNotice } from "@/components/ui/notice";
import { SecretOnce } from "@/components/ui/secret-once";
import { useConfirmTwoFactor, useEnrollTwoFactor } from "./api";
import { CodeField } from "./code-field";

/** Sets up the second factor in three steps: the password, the QR code with a first code, the recovery codes. */
export function TwoFactorSetup({ onClose }: { onClose: () => void }) {
  const enroll = useEnrollTwoFactor();
  const confirm = useConfirmTwoFactor();
  const [password, setPassword] = useState("");
  const [code, setCode] = useState("");
  const problemOf = (error: unknown, name: string) => (isApiError(error) ? error.fieldMessage(name) : undefined);
  function onSubmit(event: FormEvent): void {
    event.preventDefault();
    if (enroll.data) confirm.mutate({ code });
    else enroll.mutate({ password });
  }
  if (confirm.data) {
    return (
      <Dialog open onOpenChange={onClose} size="sm" title="Save your recovery codes">
        <div className="flex flex-col gap-4">
          <SecretOnce
            what="list"
            text={confirm.data.recovery_codes.join(" ")}
            hint="Each code replaces the app once, for example when you lose the device."
          />
          <div className="flex justify-end">
            <Button variant="primary" onClick={onClose}>
              Done
            </Button>
          </div>
        </div>
      </Dialog>
    );
  }
  return (
    <Dialog open onOpenChange={onClose} size="sm" title="Set up two-factor authentication">
      <form onSubmit={onSubmit} className="flex flex-col gap-4">
        {enroll.data ? (
          <>
            <p className="text-muted text-sm">Scan this with an authenticator app, or enter the key, then enter its code.</p>
            <img
              src={`data:image/svg+xml,${encodeURIComponent(enroll.data.qr_svg)}`}
              alt="QR code of the key"
              className="mx-auto size-48 rounded"
            />
            <code className="break-all text-center text-fg text-xs">{enroll.data.secret}</code>
            <CodeField value={code} onChange={setCode} error={problemOf(confirm.error, "code")} />
            {!problemOf(confirm.error, "code") && <ErrorNotice error={confirm.error} />}
          </>
        ) : (
          <>
            <PasswordField
              label="Current password"
              kind="current"
              value={password}
              onChange={setPassword}
              error={problemOf(enroll.error, "password")}
            />
            {!problemOf(enroll.error, "password") && <ErrorNotice error={enroll.error} />}
          </>
        )}
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Cancel</Button>
          <Button
            type="submit"
            variant="primary"
            busy={enroll.isPending || confirm.isPending}
            disabled={enroll.data ? !code : !password}
          >
            {enroll.data ? "Enable" : "Continue"}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
