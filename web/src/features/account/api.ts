import { infiniteQueryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";
import { sessionKey } from "@/api/session";

const PAGE = 100;

export const sessionList = infiniteQueryOptions({
  queryKey: ["account", "sessions"],
  queryFn: ({ pageParam, signal }) => {
    const query = { limit: PAGE, ...(pageParam === null ? {} : { cursor: pageParam }) };
    return unwrap(api.GET("/api/v1/auth/sessions", { params: { query }, signal }));
  },
  initialPageParam: null as string | null,
  getNextPageParam: (page) => page.next_cursor,
});

export interface ProfileChange {
  full_name?: string;
  username?: string;
  avatar_url?: string | null;
}

export function useUpdateProfile() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: ProfileChange) => unwrap(api.PATCH("/api/v1/users/me", { body: { ...body } })),
    onSuccess: () => client.invalidateQueries({ queryKey: sessionKey }),
  });
}

export function useChangePassword() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: { current_password: string; new_password: string }) =>
      unwrap(api.POST("/api/v1/auth/password", { body })),
    onSuccess: () => client.invalidateQueries({ queryKey: ["account", "sessions"] }),
  });
}

export function useEndSession() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (sessionId: string) =>
      unwrap(api.DELETE("/api/v1/auth/sessions/{session_id}", { params: { path: { session_id: sessionId } } })),
    onSuccess: () => client.invalidateQueries({ queryKey: ["account", "sessions"] }),
  });
}

export function useSignOutEverywhere() {
  return useMutation({ mutationFn: () => unwrap(api.POST("/api/v1/auth/sign-out-everywhere")) });
}
