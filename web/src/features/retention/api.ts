/** What the settings of retention ask of the API. */
import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";
import type { RetentionChoice } from "@/api/types";

const PATH = "/api/v1/organizations/current/retention";
const KEY = ["retention"] as const;

export const retentionQuery = queryOptions({
  queryKey: KEY,
  queryFn: ({ signal }) => unwrap(api.GET(PATH, { signal })),
});

/** Count what a choice would delete; nothing is changed. */
export function usePreviewRetention() {
  return useMutation({ mutationFn: (body: RetentionChoice) => unwrap(api.POST(`${PATH}/preview`, { body })) });
}

export function useSetRetention() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: RetentionChoice) => unwrap(api.PUT(PATH, { body })),
    onSuccess: (retention) => {
      client.setQueryData(KEY, retention);
      // The days of runs are the organization's as well.
      return client.invalidateQueries({ queryKey: ["organization"] });
    },
  });
}
