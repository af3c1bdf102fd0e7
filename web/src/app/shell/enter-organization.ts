import { type QueryClient, useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { forgetSession, readSession, sessionKey, switchOrganization } from "@/api/session";
import type { Session } from "@/api/types";
import { useToast } from "@/components/ui/toast";

/** Goes to another organization. Everything read so far is forgotten on the way. */
export function useEnterOrganization() {
  const client = useQueryClient();
  const navigate = useNavigate();
  const toast = useToast();
  return useMutation({
    mutationFn: switchOrganization,
    onSuccess: async (session) => {
      await navigate({ to: "/" });
      takeUp(client, session);
    },
    onError: toast.danger,
  });
}

/** Leaves an organization that was closed, for the reader's account page. */
export function useLeaveOrganization(): () => Promise<void> {
  const client = useQueryClient();
  const navigate = useNavigate();
  return async () => {
    forgetSession();
    const session = await readSession();
    await navigate({ to: "/settings/account", hash: "deletions" });
    takeUp(client, session);
  };
}

function takeUp(client: QueryClient, session: Session | null): void {
  client.removeQueries({ predicate: (query) => query.queryKey[0] !== sessionKey[0] });
  client.setQueryData(sessionKey, session);
}
