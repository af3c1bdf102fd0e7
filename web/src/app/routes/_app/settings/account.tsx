import { useQueryClient } from "@tanstack/react-query";
import { createFileRoute, useNavigate } from "@tanstack/react-router";
import { forgetSession, sessionKey, useSession } from "@/api/session";
import { AccountPage } from "@/features/account/account-page";
import { Deletions } from "@/features/organization/deletions";
import { useEnterOrganization } from "../../../shell/enter-organization";

export const Route = createFileRoute("/_app/settings/account")({ staticData: { crumb: "My account" }, component: Account });

function Account() {
  const client = useQueryClient();
  const navigate = useNavigate();
  const enter = useEnterOrganization();
  const hasOrganization = useSession().organization_id !== null;
  async function onSignedOut(): Promise<void> {
    forgetSession();
    client.clear();
    client.setQueryData(sessionKey, null);
    await navigate({ to: "/sign-in" });
  }
  async function onRestored(organizationId: string): Promise<void> {
    if (hasOrganization) await client.invalidateQueries({ queryKey: sessionKey });
    else enter.mutate(organizationId);
  }
  return (
    <AccountPage
      onSignedOut={() => void onSignedOut()}
      deletions={<Deletions onRestored={(organizationId) => void onRestored(organizationId)} />}
    />
  );
}
