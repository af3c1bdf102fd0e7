import { infiniteQueryOptions, queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, unwrap, upload } from "@/api/client";
import { sessionKey } from "@/api/session";
import type { User } from "@/api/types";
import { smaller } from "./smaller-picture";

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
}

export function useUpdateProfile() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: ProfileChange) => unwrap(api.PATCH("/api/v1/users/me", { body: { ...body } })),
    onSuccess: () => client.invalidateQueries({ queryKey: sessionKey }),
  });
}

export function useUploadAvatar() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async (file: File) => upload<User>("PUT", "/api/v1/users/me/avatar", await smaller(file)),
    onSuccess: () => client.invalidateQueries({ queryKey: sessionKey }),
  });
}

export function useDeleteAvatar() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => unwrap(api.DELETE("/api/v1/users/me/avatar")),
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

const twoFactorKey = ["account", "two-factor"];

export const twoFactorQuery = queryOptions({
  queryKey: twoFactorKey,
  queryFn: ({ signal }) => unwrap(api.GET("/api/v1/auth/two-factor", { signal })),
});

export function useEnrollTwoFactor() {
  return useMutation({
    mutationFn: (body: { password: string }) => unwrap(api.POST("/api/v1/auth/two-factor", { body })),
  });
}

export function useConfirmTwoFactor() {
  return useMutation({
    mutationFn: (body: { code: string }) => unwrap(api.POST("/api/v1/auth/two-factor/confirm", { body })),
  });
}

export function useDisableTwoFactor() {
  return useMutation({
    mutationFn: (body: { password: string; code: string }) => unwrap(api.POST("/api/v1/auth/two-factor/disable", { body })),
  });
}

export function useRenewRecoveryCodes() {
  return useMutation({
    mutationFn: (body: { password: string; code: string }) =>
      unwrap(api.POST("/api/v1/auth/two-factor/recovery-codes", { body })),
  });
}

/** Reads the state of the second factor again, and the session, whose permissions may depend on it. */
export function useRefreshTwoFactor() {
  const client = useQueryClient();
  return async () => {
    await client.invalidateQueries({ queryKey: twoFactorKey });
    await client.invalidateQueries({ queryKey: sessionKey });
  };
}

export function useDeleteAccount() {
  return useMutation({
    mutationFn: (body: { password: string }) => unwrap(api.POST("/api/v1/users/me/delete", { body })),
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
