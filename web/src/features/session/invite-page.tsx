import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { isApiError } from "@/api/problem";
import { sessionQuery } from "@/api/session";
import type { InvitationPreview } from "@/api/types";
import { CardPage, Linked } from "@/components/card-page";
import { PasswordField } from "@/components/password-field";
import { Button, buttonClass } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { ErrorNotice, Notice } from "@/components/ui/notice";
import { invitationQuery, useAccept } from "./api";

interface Props {
  token: string;
  onAccepted: () => void;
}

export function InvitePage({ token, onAccepted }: Props) {
  const invitation = useQuery(invitationQuery(token));
  const wayOn = (
    <>
      <p className="text-muted text-sm">Ask an owner or admin of the organization for a new one.</p>
      <Link to="/sign-in" className={buttonClass("secondary", "lg")}>
        Sign in
      </Link>
    </>
  );
  return (
    <Linked
      query={invitation}
      loading={{ title: "Invitation", label: "Loading the invitation" }}
      title="This invitation has expired or was already used"
      wayOn={wayOn}
    >
      {(found) => <Accept token={token} invitation={found} onAccepted={onAccepted} />}
    </Linked>
  );
}

const ROLE_WORDS = { owner: "an owner", admin: "an admin", agent_manager: "an agent manager", viewer: "a viewer" };

function Accept({ token, invitation, onAccepted }: Props & { invitation: InvitationPreview }) {
  const session = useQuery(sessionQuery);
  const email = session.data?.user.email;
  const description = `You were invited as ${ROLE_WORDS[invitation.role]}, at ${invitation.email}.`;
  return (
    <CardPage title={`Join ${invitation.organization_name}`} description={description}>
      {invitation.has_account && email !== invitation.email ? (
        <SignInFirst invitation={invitation} token={token} signedInAs={email} />
      ) : (
        <AcceptForm token={token} isKnown={invitation.has_account} onAccepted={onAccepted} />
      )}
    </CardPage>
  );
}

function SignInFirst({
  invitation,
  token,
  signedInAs,
}: {
  invitation: InvitationPreview;
  token: string;
  signedInAs: string | undefined;
}) {
  return (
    <div className="flex flex-col gap-4">
      <Notice>
        {signedInAs
          ? `You are signed in as ${signedInAs}. Sign in as ${invitation.email} to accept.`
          : "This address has an account. Sign in to accept."}
      </Notice>
      <Link
        to="/sign-in"
        search={{ next: `/invite?token=${encodeURIComponent(token)}` }}
        className={buttonClass("primary", "lg")}
      >
        Sign in
      </Link>
    </div>
  );
}

function AcceptForm({ token, isKnown, onAccepted }: { token: string; isKnown: boolean; onAccepted: () => void }) {
  const [fullName, setFullName] = useState("");
  const [password, setPassword] = useState("");
  const accept = useAccept();
  const problemOf = (name: string) => (isApiError(accept.error) ? accept.error.fieldMessage(name) : undefined);
  const hasFieldProblem = Boolean(problemOf("full_name") || problemOf("password"));

  function onSubmit(event: FormEvent): void {
    event.preventDefault();
    accept.mutate(isKnown ? { token } : { token, full_name: fullName, password }, { onSuccess: onAccepted });
  }

  return (
    <form onSubmit={onSubmit} className="flex flex-col gap-4">
      {!isKnown && (
        <>
          <Field label="Your name" required error={problemOf("full_name")}>
            {(control) => (
              <Input
                {...control}
                autoComplete="name"
                value={fullName}
                onChange={(event) => setFullName(event.target.value)}
              />
            )}
          </Field>
          <PasswordField
            label="Password"
            kind="new"
            hint="At least 10 characters, for example several unrelated words."
            value={password}
            onChange={setPassword}
            error={problemOf("password")}
          />
        </>
      )}
      {!hasFieldProblem && <ErrorNotice error={accept.error} />}
      <Button
        type="submit"
        variant="primary"
        size="lg"
        busy={accept.isPending}
        disabled={!isKnown && (!fullName || !password)}
      >
        Join
      </Button>
    </form>
  );
}
