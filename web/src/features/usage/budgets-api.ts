/** What the budgets of the usage page ask of the API. */
import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";
import type { Budget, BudgetChange, BudgetScope, NewBudget } from "@/api/types";

const REFETCH_MS = 10_000;
const MOST = 100;

export const budgetList = queryOptions({
  queryKey: ["budgets", "list"],
  queryFn: async ({ signal }) => {
    const items: Budget[] = [];
    let cursor: string | null = null;
    do {
      const query: { limit: number; cursor?: string } = { limit: MOST, ...(cursor === null ? {} : { cursor }) };
      const page = await unwrap(api.GET("/api/v1/budgets", { params: { query }, signal }));
      items.push(...page.items);
      cursor = page.next_cursor;
    } while (cursor !== null);
    return items;
  },
  refetchInterval: REFETCH_MS,
});

export interface Subject {
  readonly id: string;
  readonly name: string;
}

/** What a budget of a scope may be for: the first hundred. */
export function subjectList(scope: BudgetScope) {
  return queryOptions({
    queryKey: ["budgets", "subjects", scope],
    queryFn: async ({ signal }): Promise<readonly Subject[]> => {
      const asked = { params: { query: { limit: MOST } }, signal };
      switch (scope) {
        case "agent":
          return (await unwrap(api.GET("/api/v1/agents", asked))).items;
        case "team":
          return (await unwrap(api.GET("/api/v1/teams", asked))).items;
        case "workflow":
          return (await unwrap(api.GET("/api/v1/workflows", asked))).items;
        case "user":
          return (await unwrap(api.GET("/api/v1/members", asked))).items.map(({ user }) => ({
            id: user.id,
            name: user.full_name || user.email,
          }));
        case "api_key":
          return (await unwrap(api.GET("/api/v1/api-keys", asked))).items;
        default:
          return [];
      }
    },
  });
}

export const cheaperModels = queryOptions({
  queryKey: ["budgets", "models"],
  queryFn: ({ signal }) => unwrap(api.GET("/api/v1/models", { signal })),
});

function useRefresh() {
  const client = useQueryClient();
  return () => client.invalidateQueries({ queryKey: ["budgets"] });
}

/** Creates a budget, or changes the one that is given. */
export function useSaveBudget(budget: Budget | null) {
  const refresh = useRefresh();
  return useMutation({
    mutationFn: ({ scope, subject_id, ...body }: NewBudget) =>
      budget === null
        ? unwrap(api.POST("/api/v1/budgets", { body: { ...body, scope, subject_id: subject_id ?? null } }))
        : unwrap(
            api.PATCH("/api/v1/budgets/{budget_id}", {
              params: { path: { budget_id: budget.id } },
              body: body as BudgetChange,
            }),
          ),
    onSuccess: refresh,
  });
}

export function useDeleteBudget() {
  const refresh = useRefresh();
  return useMutation({
    mutationFn: (id: string) => unwrap(api.DELETE("/api/v1/budgets/{budget_id}", { params: { path: { budget_id: id } } })),
    onSuccess: refresh,
  });
}
