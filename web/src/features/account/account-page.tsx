import { type FormEvent, type ReactNode, useState } from "react";
import { isApiError } from "@/api/problem";
import { useSession } from "@/api/session";
import { PasswordField } from "@/components/password-field";
import { Button } from "@/components/ui/button";
import { Section } from "@/components/ui/card";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { ErrorNotice } from "@/components/ui/notice";
import { useToast } from "@/components/ui/toast";
import { stringifyJson } from "@/lib/exact-json";
import { useChangePassword, useUpdateProfile } from "./api";
import { DeleteAccount } from "./delete-account";
import { Picture } from "./picture";
import { Sessions } from "./sessions";
import { TwoFactor } from "./two-factor";

interface Props {
  readonly onSignedOut: () => void;
  /** The organizations of the reader that are being deleted. */
  readonly deletions: ReactNode;
}

export function AccountPage({ onSignedOut, deletions }: Props) {
  const { user } = useSession();
  return (
    <>
      {deletions}
      <Profile key={`${user.full_name} ${user.username}`} />
      <Password />
      <TwoFactor />
      <Sessions onSignedOut={onSignedOut} />
      <DeleteAccount onDeleted={onSignedOut} />
    </>
  );
}

function Profile() {
  const { user } = useSession();
  const toast = useToast();
  const update = useUpdateProfile();
  const before = { full_name: user.full_name ?? "", username: user.username ?? "" };
  const [form, setForm] = useState(before);
  const problemOf = (name: string) => (isApiError(update.error) ? update.error.fieldMessage(name) : undefined);
  const hasFieldProblem = Object.keys(form).some((name) => problemOf(name));
  const isChanged = stringifyJson(form) !== stringifyJson(before);

  function onSubmit(event: FormEvent): void {
    event.preventDefault();
    const body = { full_name: form.full_name, username: form.username };
    // Handled by the promise: the form of the saved profile replaces this form and its callbacks.
    void update.mutateAsync(body).then(
      () => toast.success("Saved."),
      () => undefined,
    );
  }

  return (
    <Section title="Profile" description="What other members of your organizations see.">
      <form onSubmit={onSubmit} className="flex flex-col gap-4">
        <Picture />
        <div className="grid gap-4 sm:grid-cols-2">
          <Field label="Name" required error={problemOf("full_name")}>
            {(control) => (
              <Input
                {...control}
                autoComplete="name"
                value={form.full_name}
                onChange={(event) => setForm({ ...form, full_name: event.target.value })}
              />
            )}
          </Field>
          <Field label="User name" hint="Letters, digits, dots and hyphens." error={problemOf("username")}>
            {(control) => (
              <Input
                {...control}
                autoComplete="off"
                value={form.username}
                onChange={(event) => setForm({ ...form, username: event.target.value })}
              />
            )}
          </Field>
        </div>
        {!hasFieldProblem && <ErrorNotice error={update.error} />}
        <div>
          <Button
            type="submit"
            variant="primary"
            busy={update.isPending}
            disabled={!isChanged || form.full_name.trim() === ""}
          >
            Save
          </Button>
        </div>
      </form>
    </Section>
  );
}

function Password() {
  const toast = useToast();
  const change = useChangePassword();
  const [form, setForm] = useState({ current_password: "", new_password: "" });
  const problemOf = (name: string) => (isApiError(change.error) ? change.error.fieldMessage(name) : undefined);
  const hasFieldProblem = Boolean(problemOf("current_password") || problemOf("new_password"));

  function onSubmit(event: FormEvent): void {
    event.preventDefault();
    change.mutate(form, {
      onSuccess: () => {
        setForm({ current_password: "", new_password: "" });
        toast.success("Password changed. You are signed out on other devices.");
      },
    });
  }

  return (
    <Section title="Password" description="Changing it signs you out on other devices.">
      <form onSubmit={onSubmit} className="flex flex-col gap-4">
        <div className="grid gap-4 sm:grid-cols-2">
          <PasswordField
            label="Current password"
            kind="current"
            value={form.current_password}
            onChange={(current_password) => setForm({ ...form, current_password })}
            error={problemOf("current_password")}
          />
          <PasswordField
            label="New password"
            kind="new"
            value={form.new_password}
            onChange={(new_password) => setForm({ ...form, new_password })}
            error={problemOf("new_password")}
            hint="At least 10 characters, for example several unrelated words."
          />
        </div>
        {!hasFieldProblem && <ErrorNotice error={change.error} />}
        <div>
          <Button type="submit" busy={change.isPending} disabled={!form.current_password || !form.new_password}>
            Change password
          </Button>
        </div>
      </form>
    </Section>
  );
}
