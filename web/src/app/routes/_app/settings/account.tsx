import { useQueryClient } from "@tanstack/react-query";
import { createFileRoute, useNavigate } from "@tanstack/react-router";
import { forgetSession, sessionKey } from "@/api/session";
import { AccountPage } from "@/features/account/account-page";

export const Route = createFileRoute("/_app/settings/account")({ staticData: { crumb: "My account" }, component: Account });

function Account() {
  const client = useQueryClient();
  const navigate = useNavigate();
  async function onSignedOut(): Promise<void> {
    forgetSession();
    client.clear();
    client.setQueryData(sessionKey, null);
    await navigate({ to: "/sign-in" });
  }
  return <AccountPage onSignedOut={() => void onSignedOut()} />;
}
