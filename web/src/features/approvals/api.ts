/** What the approvals package asks of the API. */
import { infiniteQueryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";
import type { Approval, Json, JsonObject } from "@/api/types";

const PAGE = 50;

export const approvalKeys = {
  all: ["approvals"] as const,
  list: (status: Approval["status"]) => ["approvals", "list", status] as const,
};

export function approvalList(status: Approval["status"]) {
  return infiniteQueryOptions({
    queryKey: approvalKeys.list(status),
    queryFn: ({ pageParam, signal }) => {
      const query = { status, limit: PAGE, ...(pageParam === null ? {} : { cursor: pageParam }) };
      return unwrap(api.GET("/api/v1/approvals", { params: { query }, signal }));
    },
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
    meta: { live: ["approval"] },
  });
}

export function useAnswer(approvalId: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (answer: JsonObject) =>
      unwrap(
        api.POST("/api/v1/approvals/{approval_id}/answer", {
          params: { path: { approval_id: approvalId } },
          body: { answer },
        }),
      ),
    onSettled: () => client.invalidateQueries({ queryKey: approvalKeys.all }),
  });
}

export interface Decision {
  readonly decision: "approve" | "reject";
  readonly arguments?: JsonObject;
  readonly comment?: string;
  readonly result?: Json;
}

export function useDecide(approvalId: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: Decision) =>
      unwrap(
        api.POST("/api/v1/approvals/{approval_id}/decide", {
          params: { path: { approval_id: approvalId } },
          body: { ...body },
        }),
      ),
    onSettled: () => client.invalidateQueries({ queryKey: approvalKeys.all }),
  });
}
