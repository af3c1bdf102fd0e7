/** Signing in, the first owner's link, invitations. Each answers with a session, which the tab adopts. */
import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";
import { enterSession, sessionKey } from "@/api/session";
import type { InvitationPreview, Session } from "@/api/types";

export interface Credentials {
  email: string;
  password: string;
}

export interface SignInForm extends Credentials {
  /** The code of the authenticator app; asked for when the account has a second factor. */
  code?: string;
}

export interface ClaimForm extends Credentials {
  token: string;
  full_name: string;
  organization_name: string;
}

export interface AcceptForm {
  token: string;
  full_name?: string;
  password?: string;
}

/** A mutation whose answer is a session: everything read before belongs to nobody or to someone else. */
function useSessionMutation<Form>(send: (form: Form) => Promise<unknown>) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async (form: Form) => (await send(form)) as Session,
    onSuccess: (session) => {
      client.removeQueries({ predicate: (query) => query.queryKey[0] !== sessionKey[0] });
      client.setQueryData(sessionKey, enterSession(session));
    },
  });
}

export function useSignIn() {
  return useSessionMutation((body: SignInForm) => unwrap(api.POST("/api/v1/auth/sign-in", { body })));
}

export function useClaim() {
  return useSessionMutation((body: ClaimForm) => unwrap(api.POST("/api/v1/auth/claim", { body })));
}

export function useAccept() {
  return useSessionMutation((body: AcceptForm) => unwrap(api.POST("/api/v1/invitations/accept", { body })));
}

export function passwordResetQuery(token: string) {
  return queryOptions({
    queryKey: ["password-reset", token],
    queryFn: () => unwrap(api.GET("/api/v1/auth/password-reset", { params: { query: { token } } })),
    staleTime: Number.POSITIVE_INFINITY,
  });
}

export function useResetPassword() {
  return useMutation({
    mutationFn: (body: { token: string; new_password: string }) => unwrap(api.POST("/api/v1/auth/password-reset", { body })),
  });
}

export function claimQuery(token: string) {
  return queryOptions({
    queryKey: ["claim", token],
    queryFn: () => unwrap(api.GET("/api/v1/auth/claim", { params: { query: { token } } })),
    staleTime: 0,
  });
}

/** Whether anybody has an account; nobody can sign in before. */
export const installationQuery = queryOptions({
  queryKey: ["claim", "state"],
  queryFn: () => unwrap(api.GET("/api/v1/auth/claim")),
  refetchInterval: (query) => (query.state.data?.claimed === false ? 5000 : false),
  retry: false,
});

export function invitationQuery(token: string) {
  return queryOptions({
    queryKey: ["invitation", token],
    queryFn: async () => {
      const preview = await unwrap(api.GET("/api/v1/invitations/preview", { params: { query: { token } } }));
      return preview as InvitationPreview;
    },
    staleTime: 0,
  });
}
