/** What the backups of the installation ask of the API; for superusers. */
import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";
import type { Backups } from "@/api/types";

const UNDER_WAY_MS = 2000;
const AT_REST_MS = 60_000;

/** How the backups stand; read again sooner while one is being made, or was asked for. */
export const backupsQuery = queryOptions({
  queryKey: ["backups"],
  queryFn: ({ signal }): Promise<Backups> => unwrap(api.GET("/api/v1/backups", { signal })),
  refetchInterval: ({ state }) => (state.data?.is_running || state.data?.requested_at ? UNDER_WAY_MS : AT_REST_MS),
});

/** Have a worker make a backup. */
export function useRequestBackup() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => unwrap(api.POST("/api/v1/backups")),
    onSuccess: (backups: Backups) => client.setQueryData(backupsQuery.queryKey, backups),
  });
}
