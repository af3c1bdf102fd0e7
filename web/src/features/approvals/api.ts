/** What the approvals package asks of the API. */
import { infiniteQueryOptions, queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";
import type { Json, JsonObject } from "@/api/types";

const PAGE = 50;

export const VIEWS = ["mine", "pending", "decided"] as const;
export type View = (typeof VIEWS)[number];

export const approvalKeys = {
  all: ["approvals"] as const,
  list: (view: View) => ["approvals", "list", view] as const,
  one: (approvalId: string) => ["approvals", "one", approvalId] as const,
};

export function approvalList(view: View) {
  return infiniteQueryOptions({
    queryKey: approvalKeys.list(view),
    queryFn: ({ pageParam, signal }) => {
      const query = { view, limit: PAGE, ...(pageParam === null ? {} : { cursor: pageParam }) };
      return unwrap(api.GET("/api/v1/approvals", { params: { query }, signal }));
    },
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
    meta: { live: ["approval"] },
  });
}

/** What a list leaves out: where a tool would send its call, and what was edited. */
export function approvalDetail(approvalId: string) {
  return queryOptions({
    queryKey: approvalKeys.one(approvalId),
    queryFn: ({ signal }) =>
      unwrap(api.GET("/api/v1/approvals/{approval_id}", { params: { path: { approval_id: approvalId } }, signal })),
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
  readonly value?: Json;
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

/** What a link from an e-mail message asks. It is read by a POST, since a token belongs into no address. */
export function linkedApproval(token: string) {
  return queryOptions({
    queryKey: ["approval-links", token],
    queryFn: ({ signal }) => unwrap(api.POST("/api/v1/approval-links/preview", { body: { token }, signal })),
    retry: false,
  });
}

export function useDecideByLink(token: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: { decision: "approve" | "reject"; comment?: string }) =>
      unwrap(api.POST("/api/v1/approval-links/decide", { body: { token, ...body } })),
    onSettled: () => client.invalidateQueries({ queryKey: ["approval-links", token] }),
  });
}
