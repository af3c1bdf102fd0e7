import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";
import { sessionKey } from "@/api/session";

export const organizationQuery = queryOptions({
  queryKey: ["organization"],
  queryFn: ({ signal }) => unwrap(api.GET("/api/v1/organizations/current", { signal })),
});

export interface OrganizationChange {
  name?: string;
  slug?: string;
  max_concurrent_runs?: number;
  run_retention_days?: number;
  require_two_factor?: boolean;
}

export function useUpdateOrganization() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: OrganizationChange) => unwrap(api.PATCH("/api/v1/organizations/current", { body: { ...body } })),
    onSuccess: (organization) => {
      client.setQueryData(organizationQuery.queryKey, organization);
      // The switcher shows the name, which is the session's.
      return client.invalidateQueries({ queryKey: sessionKey });
    },
  });
}
