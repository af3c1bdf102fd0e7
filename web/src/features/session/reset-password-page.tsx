import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { isApiError } from "@/api/problem";
import { CardPage, Linked } from "@/components/card-page";
import { PasswordField } from "@/components/password-field";
import { Button, buttonClass } from "@/components/ui/button";
import { ErrorNotice, Notice } from "@/components/ui/notice";
import { passwordResetQuery, useResetPassword } from "./api";

const USED = "This link has expired or was already used";

/** The page of a password reset link: a new password, then sign in with it. */
export function ResetPasswordPage({ token }: { token: string }) {
  const link = useQuery(passwordResetQuery(token));
  const [password, setPassword] = useState("");
  const reset = useResetPassword();
  const problem = isApiError(reset.error) ? reset.error.fieldMessage("new_password") : undefined;

  function onSubmit(event: FormEvent): void {
    event.preventDefault();
    reset.mutate({ token, new_password: password });
  }

  const signIn = (
    <Link to="/sign-in" className={buttonClass("primary", "lg")}>
      Sign in
    </Link>
  );
  const done = (
    <CardPage title={reset.isSuccess ? "Password changed" : USED}>
      <div className="flex flex-col gap-4">
        <Notice tone={reset.isSuccess ? "success" : "warning"}>
          {reset.isSuccess
            ? "You are signed out on all devices. Sign in with the new password."
            : "Ask an owner or admin of your organization for a new link."}
        </Notice>
        {signIn}
      </div>
    </CardPage>
  );
  if (reset.isSuccess) return done;
  const form = (email: string | null) => (
    <CardPage title="Reset password" description={`Set a new password for ${email}.`}>
      <form onSubmit={onSubmit} className="flex flex-col gap-4">
        <PasswordField
          label="New password"
          kind="new"
          hint="At least 10 characters, for example several unrelated words."
          value={password}
          onChange={setPassword}
          error={problem}
        />
        {!problem && <ErrorNotice error={reset.error} />}
        <Button type="submit" variant="primary" size="lg" busy={reset.isPending} disabled={!password}>
          Set password
        </Button>
      </form>
    </CardPage>
  );
  return (
    <Linked query={link} loading={{ title: "Reset password", label: "Checking the link" }} title={USED} wayOn={signIn}>
      {({ valid, email }) => (valid ? form(email) : done)}
    </Linked>
  );
}
