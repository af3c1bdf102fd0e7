/** What the teams room asks of the API. */
import { infiniteQueryOptions, queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";
import type { NewTeam, Team, TeamChange, TeamType } from "@/api/types";
import { defined } from "@/lib/defined";

const PAGE = 60;
const MANY = 200;

export interface TeamFilter {
  q?: string | undefined;
  type?: TeamType | undefined;
}

export function teamList(filter: TeamFilter) {
  return infiniteQueryOptions({
    queryKey: ["teams", "list", filter],
    queryFn: ({ pageParam, signal }) => {
      const query = { limit: PAGE, ...defined(filter), ...(pageParam === null ? {} : { cursor: pageParam }) };
      return unwrap(api.GET("/api/v1/teams", { params: { query }, signal }));
    },
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
    meta: { live: ["team"] },
  });
}

export function teamQuery(teamId: string) {
  return queryOptions({
    queryKey: ["teams", "one", teamId],
    queryFn: ({ signal }) => unwrap(api.GET("/api/v1/teams/{team_id}", { params: { path: { team_id: teamId } }, signal })),
  });
}

export function versionList(teamId: string) {
  return infiniteQueryOptions({
    queryKey: ["teams", "versions", teamId],
    queryFn: ({ pageParam, signal }) => {
      const query = { limit: 50, ...(pageParam === null ? {} : { cursor: pageParam }) };
      return unwrap(api.GET("/api/v1/teams/{team_id}/versions", { params: { path: { team_id: teamId }, query }, signal }));
    },
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
  });
}

/** Who may become a member. */
export const candidates = queryOptions({
  queryKey: ["teams", "candidates"],
  queryFn: async ({ signal }) => {
    const query = { limit: MANY };
    const [agents, teams] = await Promise.all([
      unwrap(api.GET("/api/v1/agents", { params: { query }, signal })),
      unwrap(api.GET("/api/v1/teams", { params: { query }, signal })),
    ]);
    return { agents: agents.items, teams: teams.items };
  },
  meta: { live: ["agent", "team"] },
});

function useKeep() {
  const client = useQueryClient();
  return (team: Team) => {
    client.setQueryData(teamQuery(team.id).queryKey, team);
    void client.invalidateQueries({ queryKey: ["teams", "versions", team.id] });
    void client.invalidateQueries({ queryKey: ["teams", "candidates"] });
    return client.invalidateQueries({ queryKey: ["teams", "list"] });
  };
}

export function useCreateTeam() {
  const keep = useKeep();
  return useMutation({
    mutationFn: (body: NewTeam) => unwrap(api.POST("/api/v1/teams", { body })),
    onSuccess: keep,
  });
}

export function useUpdateTeam(teamId: string) {
  const keep = useKeep();
  return useMutation({
    mutationFn: (body: TeamChange) =>
      unwrap(api.PATCH("/api/v1/teams/{team_id}", { params: { path: { team_id: teamId } }, body })),
    onSuccess: keep,
  });
}

export function useRestoreTeamVersion(teamId: string) {
  const keep = useKeep();
  return useMutation({
    mutationFn: (version: number) =>
      unwrap(
        api.POST("/api/v1/teams/{team_id}/versions/{version}/restore", { params: { path: { team_id: teamId, version } } }),
      ),
    onSuccess: keep,
  });
}

export function useDuplicateTeam() {
  const keep = useKeep();
  return useMutation({
    mutationFn: (teamId: string) =>
      unwrap(api.POST("/api/v1/teams/{team_id}/duplicate", { params: { path: { team_id: teamId } } })),
    onSuccess: keep,
  });
}

export function useDeleteTeam() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (teamId: string) => unwrap(api.DELETE("/api/v1/teams/{team_id}", { params: { path: { team_id: teamId } } })),
    onSuccess: () => client.invalidateQueries({ queryKey: ["teams"] }),
  });
}

export function useRoutePreview(teamId: string) {
  return useMutation({
    mutationFn: (prompt: string) =>
      unwrap(api.GET("/api/v1/teams/{team_id}/route-preview", { params: { path: { team_id: teamId }, query: { prompt } } })),
  });
}
