/** What the deployments feature asks of the API. */
import { infiniteQueryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";
import type { Deployment, Page } from "@/api/types";
import type { Versioned } from "@/api/version-diff";
import { defined } from "@/lib/defined";
import { type Range, windowOf } from "@/lib/range";

const PAGE = 50;

/** What is deployed: an agent, a team or a workflow, and its newest version. */
export interface DeployTarget {
  readonly type: Versioned["type"] | "workflow";
  readonly id: string;
  readonly name: string;
  readonly version: number;
}

export interface DeploymentFilter {
  readonly target_id?: string | undefined;
  readonly target_type?: Deployment["target_type"] | undefined;
  readonly status?: Deployment["status"] | undefined;
  readonly range?: Range | undefined;
}

/** Deployments, newest first. */
export function deploymentPages({ range, ...filter }: DeploymentFilter) {
  return infiniteQueryOptions({
    queryKey: ["deployments", "list", filter, range],
    queryFn: async ({ pageParam, signal }) => {
      const since = range ? { created_after: windowOf(range, Date.now()).start } : {};
      const query = { ...defined(filter), ...since, limit: PAGE, ...(pageParam === null ? {} : { cursor: pageParam }) };
      const page = await unwrap(api.GET("/api/v1/deployments", { params: { query }, signal }));
      return page as unknown as Page<Deployment>;
    },
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
    meta: { live: ["deployment"] },
  });
}

function useReadAgain() {
  const client = useQueryClient();
  return () => {
    void client.invalidateQueries({ queryKey: ["agents", "one"] });
    return client.invalidateQueries({ queryKey: ["deployments"] });
  };
}

export interface DeployRequest {
  readonly target_type: DeployTarget["type"];
  readonly target_id: string;
  readonly version: number;
  readonly note: string;
  readonly deploy_at?: string;
}

export function useDeploy() {
  const readAgain = useReadAgain();
  return useMutation({
    mutationFn: (body: DeployRequest) => unwrap(api.POST("/api/v1/deployments", { body })),
    onSettled: readAgain,
  });
}

export function useDeploymentAction(action: "roll-back" | "stop") {
  const readAgain = useReadAgain();
  return useMutation({
    mutationFn: (deploymentId: string) =>
      unwrap(
        api.POST(`/api/v1/deployments/{deployment_id}/${action}`, { params: { path: { deployment_id: deploymentId } } }),
      ),
    onSettled: readAgain,
  });
}
