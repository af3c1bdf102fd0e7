import { type FormEvent, useState } from "react";
import { isApiError } from "@/api/problem";
import { PasswordField } from "@/components/password-field";
import { Button } from "@/components/ui/button";
import { Section } from "@/components/ui/card";
import { Dialog } from "@/components/ui/dialog";
import { ErrorNotice } from "@/components/ui/notice";
import { useDeleteAccount } from "./api";

export function DeleteAccount({ onDeleted }: { onDeleted: () => void }) {
  const remove = useDeleteAccount();
  const [isAsking, setIsAsking] = useState(false);
  const [password, setPassword] = useState("");
  const problem = isApiError(remove.error) ? remove.error.fieldMessage("password") : undefined;
  function onSubmit(event: FormEvent): void {
    event.preventDefault();
    remove.mutate({ password }, { onSuccess: onDeleted });
  }
  return (
    <Section
      title="Delete account"
      description="Permanently deletes your conversations, API keys and sessions. Agents and tools stay with the organization."
      actions={
        <Button variant="danger-ghost" onClick={() => setIsAsking(true)}>
          Delete account
        </Button>
      }
    >
      <Dialog open={isAsking} onOpenChange={setIsAsking} size="sm" title="Delete your account?">
        <form onSubmit={onSubmit} className="flex flex-col gap-4">
          <p className="text-muted text-sm">This cannot be undone.</p>
          <PasswordField label="Current password" kind="current" value={password} onChange={setPassword} error={problem} />
          {!problem && <ErrorNotice error={remove.error} />}
          <div className="flex justify-end gap-2">
            <Button onClick={() => setIsAsking(false)}>Cancel</Button>
            <Button type="submit" variant="danger" busy={remove.isPending} disabled={!password}>
              Delete account
            </Button>
          </div>
        </form>
      </Dialog>
    </Section>
  );
}
