/** What the pages of variables ask of the API. */
import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";
import type { OrganizationVariable, OrganizationVariableChange } from "@/api/types";

export const variableList = queryOptions({
  queryKey: ["variables", "list"],
  queryFn: ({ signal }) => unwrap(api.GET("/api/v1/variables", { signal })),
});

export function variableUses(id: string) {
  return queryOptions({
    queryKey: ["variables", "uses", id],
    queryFn: ({ signal }) =>
      unwrap(
        api.GET("/api/v1/variables/{organization_variable_id}/uses", {
          params: { path: { organization_variable_id: id } },
          signal,
        }),
      ),
    staleTime: 0,
  });
}

function useRefresh() {
  const client = useQueryClient();
  return () => client.invalidateQueries({ queryKey: ["variables"] });
}

/** Creates a variable, or changes the one that is given. */
export function useSaveVariable(variable: OrganizationVariable | null) {
  const refresh = useRefresh();
  return useMutation({
    mutationFn: (body: OrganizationVariableChange & { name: string }) =>
      variable === null
        ? unwrap(
            api.POST("/api/v1/variables", {
              body: { ...body, is_secret: body.is_secret ?? false, description: body.description ?? "" },
            }),
          )
        : unwrap(
            api.PATCH("/api/v1/variables/{organization_variable_id}", {
              params: { path: { organization_variable_id: variable.id } },
              body,
            }),
          ),
    onSuccess: refresh,
  });
}

export function useDeleteVariable() {
  const refresh = useRefresh();
  return useMutation({
    mutationFn: (id: string) =>
      unwrap(
        api.DELETE("/api/v1/variables/{organization_variable_id}", {
          params: { path: { organization_variable_id: id } },
        }),
      ),
    onSuccess: refresh,
  });
}
