import { infiniteQueryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";
import type { Member, Page, Role } from "@/api/types";

const PAGE = 100;

export const memberList = infiniteQueryOptions({
  queryKey: ["members", "list"],
  queryFn: async ({ pageParam, signal }) => {
    const query = { limit: PAGE, ...(pageParam === null ? {} : { cursor: pageParam }) };
    return (await unwrap(api.GET("/api/v1/members", { params: { query }, signal }))) as Page<Member>;
  },
  initialPageParam: null as string | null,
  getNextPageParam: (page) => page.next_cursor,
});

export const invitationList = infiniteQueryOptions({
  queryKey: ["members", "invitations"],
  queryFn: ({ pageParam, signal }) => {
    const query = { limit: PAGE, ...(pageParam === null ? {} : { cursor: pageParam }) };
    return unwrap(api.GET("/api/v1/invitations", { params: { query }, signal }));
  },
  initialPageParam: null as string | null,
  getNextPageParam: (page) => page.next_cursor,
});

function useRefresh() {
  const client = useQueryClient();
  return () => client.invalidateQueries({ queryKey: ["members"] });
}

export function useChangeRole() {
  const refresh = useRefresh();
  return useMutation({
    mutationFn: ({ userId, role }: { userId: string; role: Role }) =>
      unwrap(api.PATCH("/api/v1/members/{user_id}", { params: { path: { user_id: userId } }, body: { role } })),
    onSettled: refresh,
  });
}

export function useRemoveMember() {
  const refresh = useRefresh();
  return useMutation({
    mutationFn: (userId: string) =>
      unwrap(api.DELETE("/api/v1/members/{user_id}", { params: { path: { user_id: userId } } })),
    onSuccess: refresh,
  });
}

export function useCreatePasswordReset() {
  return useMutation({
    mutationFn: (userId: string) =>
      unwrap(api.POST("/api/v1/users/{user_id}/password-reset", { params: { path: { user_id: userId } } })),
  });
}

export function useResetTwoFactor() {
  const refresh = useRefresh();
  return useMutation({
    mutationFn: (userId: string) =>
      unwrap(api.DELETE("/api/v1/users/{user_id}/two-factor", { params: { path: { user_id: userId } } })),
    onSuccess: refresh,
  });
}

export function useInvite() {
  const refresh = useRefresh();
  return useMutation({
    mutationFn: (body: { email: string; role: Role }) => unwrap(api.POST("/api/v1/invitations", { body })),
    onSuccess: refresh,
  });
}

export function useWithdraw() {
  const refresh = useRefresh();
  return useMutation({
    mutationFn: (invitationId: string) =>
      unwrap(api.DELETE("/api/v1/invitations/{invitation_id}", { params: { path: { invitation_id: invitationId } } })),
    onSuccess: refresh,
  });
}
