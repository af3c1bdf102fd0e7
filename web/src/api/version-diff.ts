/** What differs between two versions of an agent or a team. Versions never change, so it is asked for once. */
import { queryOptions } from "@tanstack/react-query";
import { api, unwrap } from "./client";
import type { AgentVersionDiff, TeamVersionDiff } from "./types";

export interface Versioned {
  readonly type: "agent" | "team";
  readonly id: string;
}

export function versionDiffQuery({ type, id }: Versioned, version: number, against: number) {
  return queryOptions({
    queryKey: ["version-diff", type, id, version, against],
    queryFn: ({ signal }): Promise<AgentVersionDiff | TeamVersionDiff> => {
      const query = { against };
      if (type === "team") {
        const params = { path: { team_id: id, version }, query };
        return unwrap(api.GET("/api/v1/teams/{team_id}/versions/{version}/diff", { params, signal }));
      }
      const params = { path: { agent_id: id, version }, query };
      return unwrap(api.GET("/api/v1/agents/{agent_id}/versions/{version}/diff", { params, signal }));
    },
    staleTime: Number.POSITIVE_INFINITY,
  });
}
