import { useMutation, useQueryClient } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";
import type { ApplyFiles, ManifestPlan } from "@/api/types";

/** Fetches resources as YAML: all of them as one text, or one agent. */
export function useExport() {
  return useMutation({
    mutationFn: (wanted: { kind?: "agent" | "tool" | "template"; name?: string }) =>
      unwrap(api.GET("/api/v1/export", { params: { query: wanted } })),
  });
}

export function usePlan() {
  return useMutation({
    mutationFn: (files: ApplyFiles["files"]): Promise<ManifestPlan> =>
      unwrap(api.POST("/api/v1/apply", { body: { files, dry_run: true, prune: false } })),
  });
}

export function useApply() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ files, digest }: { files: ApplyFiles["files"]; digest: string }): Promise<ManifestPlan> =>
      unwrap(api.POST("/api/v1/apply", { body: { files, digest, dry_run: false, prune: false } })),
    onSuccess: () => client.invalidateQueries(),
  });
}
