import { useQuery } from "@tanstack/react-query";
import { type FormEvent, lazy, Suspense, useEffect, useState } from "react";
import { isApiError } from "@/api/problem";
import { CardPage } from "@/components/card-page";
import { PasswordField } from "@/components/password-field";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { ErrorNotice, Notice } from "@/components/ui/notice";
import { plural } from "@/lib/format";
import { installationQuery, useSignIn } from "./api";

const Unclaimed = lazy(async () => ({ default: (await import("./unclaimed")).Unclaimed }));

/** Signing in; before anybody has an account, where the link is that makes the first owner. */
export function SignInPage({ onSignedIn }: { onSignedIn: () => void }) {
  const installation = useQuery(installationQuery);
  if (installation.data?.claimed === false) {
    return (
      <Suspense fallback={null}>
        <Unclaimed onRetry={() => void installation.refetch()} />
      </Suspense>
    );
  }
  return <SignInForm onSignedIn={onSignedIn} />;
}

function SignInForm({ onSignedIn }: { onSignedIn: () => void }) {
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const [code, setCode] = useState("");
  const [asksCode, setAsksCode] = useState(false);
  const signIn = useSignIn();
  const wait = useCountdown(isApiError(signIn.error) ? signIn.error.retryAfterSeconds : null, signIn.submittedAt);

  const isCodeRequest = isApiError(signIn.error) && signIn.error.code === "second_factor_required";

  function onSubmit(event: FormEvent): void {
    event.preventDefault();
    signIn.mutate(asksCode ? { email, password, code } : { email, password }, {
      onSuccess: onSignedIn,
      onError: (error) => isApiError(error) && error.code === "second_factor_required" && setAsksCode(true),
    });
  }

  return (
    <CardPage title="Sign in" description="Sign in with the email address you were invited with.">
      <form onSubmit={onSubmit} className="flex flex-col gap-4">
        <Field label="E-mail address" required>
          {(control) => (
            <Input
              {...control}
              type="email"
              autoFocus
              autoComplete="username"
              value={email}
              onChange={(event) => setEmail(event.target.value)}
            />
          )}
        </Field>
        <PasswordField label="Password" kind="current" value={password} onChange={setPassword} />
        {asksCode && (
          <Field label="Code" required hint="From your authenticator app, or a recovery code.">
            {(control) => (
              <Input
                {...control}
                autoFocus
                autoComplete="one-time-code"
                value={code}
                onChange={(event) => setCode(event.target.value)}
              />
            )}
          </Field>
        )}
        {wait > 0 ? (
          <Notice tone="warning">Too many attempts. Try again in {plural(wait, "second")}.</Notice>
        ) : (
          <ErrorNotice error={isCodeRequest ? null : signIn.error} />
        )}
        <Button
          type="submit"
          variant="primary"
          size="lg"
          busy={signIn.isPending}
          disabled={!email || !password || (asksCode && !code) || wait > 0}
        >
          Sign in
        </Button>
        <p className="text-center text-faint text-xs">
          No account? Ask an owner or admin of your organization for an invitation.
        </p>
      </form>
    </CardPage>
  );
}

/** The seconds that are left of a pause that the server asked for. */
function useCountdown(seconds: number | null, since: number): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    if (seconds === null) return;
    setNow(Date.now());
    const timer = setInterval(() => setNow(Date.now()), 500);
    return () => clearInterval(timer);
  }, [seconds]);
  if (seconds === null) return 0;
  return Math.max(0, Math.ceil((since + seconds * 1000 - now) / 1000));
}
