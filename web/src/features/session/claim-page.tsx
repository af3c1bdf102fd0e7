import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { isApiError } from "@/api/problem";
import { CardPage } from "@/components/card-page";
import { PasswordField } from "@/components/password-field";
import { Button, buttonClass } from "@/components/ui/button";
import { ErrorState } from "@/components/ui/error-state";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { ErrorNotice, Notice } from "@/components/ui/notice";
import { Skeleton } from "@/components/ui/skeleton";
import { claimQuery, useClaim } from "./api";

/** The first owner's one-time link: an account, an organization, and in. */
export function ClaimPage({ token, onClaimed }: { token: string; onClaimed: () => void }) {
  const state = useQuery(claimQuery(token));
  if (state.isError) return <ErrorState error={state.error} onRetry={() => void state.refetch()} />;
  if (state.isPending) {
    return (
      <CardPage title="Welcome to Retinue">
        <div role="status" aria-label="Checking the link" className="flex flex-col gap-3">
          <Skeleton className="h-8" />
          <Skeleton className="h-8" />
          <Skeleton className="h-8" />
        </div>
      </CardPage>
    );
  }
  if (!state.data.valid) return <SpentLink />;
  return <ClaimForm token={token} onClaimed={onClaimed} />;
}

function SpentLink() {
  return (
    <CardPage title="This link has expired or was already used">
      <div className="flex flex-col gap-4">
        <Notice tone="warning">
          A link works once and for 24 hours, and a newer one replaces it. If nobody has an account yet, run{" "}
          <code>retinue claim-link</code> on the machine that runs Retinue; it prints a new link.
        </Notice>
        <Link to="/sign-in" className={buttonClass("primary", "lg")}>
          Sign in
        </Link>
      </div>
    </CardPage>
  );
}

function ClaimForm({ token, onClaimed }: { token: string; onClaimed: () => void }) {
  const [form, setForm] = useState({ full_name: "", email: "", password: "", organization_name: "" });
  const claim = useClaim();
  const set = (name: keyof typeof form) => (value: string) => setForm((before) => ({ ...before, [name]: value }));
  const problemOf = (name: string) => (isApiError(claim.error) ? claim.error.fieldMessage(name) : undefined);
  const isComplete = Object.values(form).every((value) => value.trim() !== "");
  const hasFieldProblem = Object.keys(form).some((name) => problemOf(name));

  function onSubmit(event: FormEvent): void {
    event.preventDefault();
    claim.mutate({ token, ...form }, { onSuccess: onClaimed });
  }

  const texts = [
    { name: "full_name", label: "Your name", autoComplete: "name", type: "text" },
    { name: "email", label: "E-mail address", autoComplete: "username", type: "email" },
    { name: "organization_name", label: "Your organization", autoComplete: "organization", type: "text" },
  ] as const;
  return (
    <CardPage title="Welcome to Retinue" description="Create the first owner of this installation.">
      <form onSubmit={onSubmit} className="flex flex-col gap-4">
        {texts.map(({ name, label, autoComplete, type }) => (
          <Field key={name} label={label} required error={problemOf(name)}>
            {(control) => (
              <Input
                {...control}
                type={type}
                autoComplete={autoComplete}
                maxLength={320}
                value={form[name]}
                onChange={(event) => set(name)(event.target.value)}
              />
            )}
          </Field>
        ))}
        <PasswordField
          label="Password"
          kind="new"
          hint="At least 10 characters, for example several unrelated words."
          value={form.password}
          onChange={set("password")}
          error={problemOf("password")}
        />
        {!hasFieldProblem && <ErrorNotice error={claim.error} />}
        <Button type="submit" variant="primary" size="lg" busy={claim.isPending} disabled={!isComplete}>
          Create organization
        </Button>
      </form>
    </CardPage>
  );
}
