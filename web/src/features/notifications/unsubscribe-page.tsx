import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { MailX } from "lucide-react";
import type { Unsubscription } from "@/api/types";
import { CardPage, Linked } from "@/components/card-page";
import { Button, buttonClass } from "@/components/ui/button";
import { ErrorNotice } from "@/components/ui/notice";
import { type UnsubscribeKind, unsubscription, useUnsubscribe } from "./api";
import { wordOf } from "./words";

interface Props {
  readonly kind: UnsubscribeKind;
  readonly token: string;
}

/** Ending e-mail by the link of a message, without signing in. Opening the page changes nothing. */
export function UnsubscribePage({ kind, token }: Props) {
  const query = useQuery(unsubscription(kind, token));
  const wayOn = (
    <Link to="/notifications" search={{ tab: "preferences" }} className={buttonClass("secondary", "lg")}>
      Open your preferences
    </Link>
  );
  return (
    <Linked
      query={query}
      width="max-w-md"
      loading={{ title: "Unsubscribe", label: "Loading" }}
      title="This link is not valid"
      wayOn={wayOn}
    >
      {(found) => <Question kind={kind} token={token} found={found} />}
    </Linked>
  );
}

function Question({ kind, token, found }: Props & { readonly found: Unsubscription }) {
  const end = useUnsubscribe(kind, token);
  const { address, organization_name: organization, about, is_done: isDone } = found;
  return (
    <CardPage width="max-w-md" title={isDone ? "Unsubscribed" : "Unsubscribe?"}>
      <div className="grid gap-4 text-sm">
        <p role="status" className="wrap-anywhere">
          {isDone ? "E-mail from" : "Stop e-mail from"} {organization} to <strong className="font-medium">{address}</strong>
          {isDone ? " has ended for:" : " about:"}
        </p>
        <ul className="list-disc pl-5 text-muted">
          {about.map((type) => (
            <li key={type}>{kind === "alerts" ? "All alerts" : wordOf(type)}</li>
          ))}
        </ul>
        <ErrorNotice error={end.error} />
        {isDone ? (
          <p className="text-muted text-xs">
            {kind === "alerts"
              ? "A member of the organization can send you a code to start again."
              : "Your inbox in the console stays as it is. You can change this under Notifications, Preferences."}
          </p>
        ) : (
          <div>
            <Button variant="primary" icon={MailX} busy={end.isPending} onClick={() => end.mutate()}>
              Unsubscribe
            </Button>
          </div>
        )}
      </div>
    </CardPage>
  );
}
