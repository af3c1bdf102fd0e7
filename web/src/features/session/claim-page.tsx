import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { isApiError } from "@/api/problem";
import { CardPage, Linked } from "@/components/card-page";
import { PasswordField } from "@/components/password-field";
import { Button, buttonClass } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { ErrorNotice, Notice } from "@/components/ui/notice";
import { claimQuery, useClaim } from "./api";

const SPENT = "This link has expired or was already used";

/** The first owner's one-time link: an account, an organization, and in. */
export function ClaimPage({ token, onClaimed }: { token: string; onClaimed: () => void }) {
  const state = useQuery(claimQuery(token));
  return (
    <Linked
      query={state}
      loading={{ title: "Welcome to Retinue", label: "Checking the link" }}
      title={SPENT}
      wayOn={<SignIn />}
    >
      {({ valid }) => (valid ? <ClaimForm token={token} onClaimed={onClaimed} /> : <SpentLink />)}
    </Linked>
  );
}

function SignIn() {
  return (
    <Link to="/sign-in" className={buttonClass("primary", "lg")}>
      Sign in
    </Link>
  );
}

function SpentLink() {
  return (
    <CardPage title={SPENT}>
      <div className="flex flex-col gap-4">
        <Notice tone="warning">
          A link works once and for 24 hours, and a newer one replaces it. If nobody has an account yet, run{" "}
          <code>retinue claim-link</code> on the machine that runs Retinue; it prints a new link.
        </Notice>
        <SignIn />
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
