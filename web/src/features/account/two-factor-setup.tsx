import { type FormEvent, useState } from "react";
import { isApiError } from "@/api/problem";
import { PasswordField } from "@/components/password-field";
import { Button } from "@/components/ui/button";
import { CopyButton } from "@/components/ui/copy-button";
import { Dialog } from "@/components/ui/dialog";
import { ErrorNotice } from "@/components/ui/notice";
import { useConfirmTwoFactor, useEnrollTwoFactor } from "./api";
import { CodeField } from "./code-field";
import { RecoveryCodes } from "./recovery-codes";

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
        <RecoveryCodes codes={confirm.data.recovery_codes} onDone={onClose} />
      </Dialog>
    );
  }
  return (
    <Dialog open onOpenChange={onClose} size="sm" title="Set up two-factor authentication">
      <form onSubmit={onSubmit} className="flex flex-col gap-4">
        {enroll.data ? (
          <>
            <p className="text-muted text-sm">
              Scan the QR code with an authenticator app, or enter the key there. Then enter the code that the app shows.
            </p>
            <img
              src={`data:image/svg+xml,${encodeURIComponent(enroll.data.qr_svg)}`}
              alt="QR code of the key"
              className="mx-auto size-48 rounded-lg bg-white p-2"
            />
            <p className="flex items-center justify-center gap-1">
              <code data-testid="two-factor-key" className="break-all text-fg text-xs">
                {enroll.data.secret}
              </code>
              <CopyButton text={enroll.data.secret} label="Copy the key" />
            </p>
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
