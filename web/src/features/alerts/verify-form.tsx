import { type FormEvent, useState } from "react";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { ErrorNotice } from "@/components/ui/notice";
import { useToast } from "@/components/ui/toast";
import { useSendCode, useVerifyChannel } from "./api";

/** Takes the code that was sent to an address. */
export function VerifyForm({ channelId }: { channelId: string }) {
  const toast = useToast();
  const verify = useVerifyChannel(channelId);
  const send = useSendCode(channelId);
  const [code, setCode] = useState("");

  function onSubmit(event: FormEvent): void {
    event.preventDefault();
    verify.mutate(code);
  }

  return (
    <form onSubmit={onSubmit} className="flex flex-col gap-2" noValidate>
      <div className="flex flex-wrap items-end gap-2">
        <Field label="Verification code" className="w-48">
          {(control) => (
            <Input
              {...control}
              value={code}
              autoComplete="one-time-code"
              spellCheck={false}
              onChange={(event) => setCode(event.target.value)}
            />
          )}
        </Field>
        <Button type="submit" busy={verify.isPending} disabled={code.trim() === ""}>
          Verify
        </Button>
        <Button
          variant="ghost"
          busy={send.isPending}
          onClick={() => send.mutate(undefined, { onSuccess: () => toast.success("Code sent.") })}
        >
          Send another code
        </Button>
      </div>
      <ErrorNotice error={verify.error ?? send.error} />
    </form>
  );
}
