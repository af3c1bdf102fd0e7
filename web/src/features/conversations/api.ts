/** What the conversations package asks of the API. */
import { infiniteQueryOptions, queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";
import type { Agent, Conversation, Message } from "@/api/types";
import { useResendKey } from "@/lib/resend-key";
import { bodyOf, type Partner } from "./partner";

const LIST_PAGE = 40;
const MESSAGE_PAGE = 200;
const MOST_PAGES = 25;
const UNDER_WAY_MS = 3000;

export const chatKeys = {
  all: ["conversations"] as const,
  lists: ["conversations", "list"] as const,
  list: (q: string) => ["conversations", "list", q] as const,
  one: (id: string) => ["conversations", "one", id] as const,
  messages: (id: string) => ["conversations", "messages", id] as const,
};

export function conversationList(q: string) {
  return infiniteQueryOptions({
    queryKey: chatKeys.list(q),
    queryFn: ({ pageParam, signal }) => {
      const query = { limit: LIST_PAGE, ...(q === "" ? {} : { q }), ...(pageParam === null ? {} : { cursor: pageParam }) };
      return unwrap(api.GET("/api/v1/conversations", { params: { query }, signal }));
    },
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
  });
}

export function conversation(id: string) {
  return queryOptions({
    queryKey: chatKeys.one(id),
    queryFn: ({ signal }) =>
      unwrap(api.GET("/api/v1/conversations/{conversation_id}", { params: { path: { conversation_id: id } }, signal })),
  });
}

/** All messages, oldest first. */
export function messages(id: string) {
  return queryOptions({
    queryKey: chatKeys.messages(id),
    queryFn: async ({ signal }) => {
      const all: Message[] = [];
      let cursor: string | null = null;
      for (let page = 0; page < MOST_PAGES; page++) {
        const query: { limit: number; cursor?: string } = { limit: MESSAGE_PAGE, ...(cursor === null ? {} : { cursor }) };
        const answer = await unwrap(
          api.GET("/api/v1/conversations/{conversation_id}/messages", {
            params: { path: { conversation_id: id }, query },
            signal,
          }),
        );
        all.push(...answer.items);
        cursor = answer.next_cursor;
        if (cursor === null) break;
      }
      return all.sort((left, right) => (left.id < right.id ? -1 : 1));
    },
    // The end of an answer is written into its message a moment after its run has ended.
    refetchInterval: (query) => (query.state.data?.some(isUnderWay) ? UNDER_WAY_MS : false),
  });
}

export function isUnderWay({ status }: Message): boolean {
  return status === "streaming" || status === "waiting";
}

export function agents() {
  return queryOptions({
    queryKey: ["conversations", "agents"],
    queryFn: ({ signal }) => unwrap(api.GET("/api/v1/agents", { params: { query: { limit: MESSAGE_PAGE } }, signal })),
    select: (page): Agent[] => page.items,
  });
}

export function chatTeams() {
  return queryOptions({
    queryKey: ["conversations", "teams"],
    queryFn: ({ signal }) => unwrap(api.GET("/api/v1/teams", { params: { query: { limit: MESSAGE_PAGE } }, signal })),
    select: (page) => page.items,
  });
}

/** The workflows with which you can chat: their input is one text. */
export function chatWorkflows() {
  const query = { is_conversational: true, limit: MESSAGE_PAGE };
  return queryOptions({
    queryKey: ["conversations", "workflows"],
    queryFn: ({ signal }) => unwrap(api.GET("/api/v1/workflows", { params: { query }, signal })),
    select: (page) => page.items,
  });
}

/** A workflow that is talked with; nothing is asked without an id. */
export function chatWorkflow(id: string | null | undefined) {
  return queryOptions({
    queryKey: ["workflows", "one", id ?? ""],
    queryFn: ({ signal }) =>
      unwrap(api.GET("/api/v1/workflows/{workflow_id}", { params: { path: { workflow_id: id ?? "" } }, signal })),
    enabled: Boolean(id),
  });
}

/** A team that is talked with; nothing is asked without an id. */
export function chatTeam(id: string | null | undefined) {
  return queryOptions({
    queryKey: ["teams", "one", id ?? ""],
    queryFn: ({ signal }) => unwrap(api.GET("/api/v1/teams/{team_id}", { params: { path: { team_id: id ?? "" } }, signal })),
    enabled: Boolean(id),
  });
}

/** The agents that a conversation can be started with: inactive ones run in their playground only. */
export function isChattable(agent: Agent): boolean {
  return agent.status !== "inactive";
}

export interface Outgoing {
  readonly content: string;
  readonly attachmentIds: readonly string[];
}

export function useCreateConversation() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (partner: Partner) => unwrap(api.POST("/api/v1/conversations", { body: bodyOf(partner) })),
    onSuccess: (created) => client.setQueryData<Conversation>(chatKeys.one(created.id), created),
  });
}

/** Sends a message; the answer begins at once, and both are in the thread when this returns. Sent again, it is said once. */
export function useSend() {
  const client = useQueryClient();
  const resend = useResendKey();
  return useMutation({
    mutationFn: ({ conversationId, content, attachmentIds }: Outgoing & { conversationId: string }) =>
      unwrap(
        api.POST("/api/v1/conversations/{conversation_id}/messages", {
          params: {
            path: { conversation_id: conversationId },
            header: { "Idempotency-Key": resend.keyFor([conversationId, content, attachmentIds]) },
          },
          body: { content, attachment_ids: [...attachmentIds] },
        }),
      ),
    onSuccess: ({ message, reply }, { conversationId }) => {
      resend.taken();
      client.setQueryData<Message[]>(chatKeys.messages(conversationId), (known = []) => [
        ...known.filter(({ id }) => id !== message.id && id !== reply.id),
        message,
        reply,
      ]);
      void client.invalidateQueries({ queryKey: chatKeys.one(conversationId) });
      return client.invalidateQueries({ queryKey: chatKeys.lists });
    },
  });
}

/** Has the last question answered again, in the place of its answer. */
export function useRegenerate(conversationId: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () =>
      unwrap(
        api.POST("/api/v1/conversations/{conversation_id}/regenerate", {
          params: { path: { conversation_id: conversationId } },
        }),
      ),
    onSuccess: ({ reply }) => {
      client.setQueryData<Message[]>(chatKeys.messages(conversationId), (known) =>
        known?.map((message) => (message.id === reply.id ? reply : message)),
      );
    },
  });
}

export function useRename() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ id, title }: { id: string; title: string }) =>
      unwrap(
        api.PATCH("/api/v1/conversations/{conversation_id}", { params: { path: { conversation_id: id } }, body: { title } }),
      ),
    onSuccess: (renamed) => {
      client.setQueryData<Conversation>(chatKeys.one(renamed.id), renamed);
      return client.invalidateQueries({ queryKey: chatKeys.lists });
    },
  });
}

export function useDeleteConversation() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: string) =>
      unwrap(api.DELETE("/api/v1/conversations/{conversation_id}", { params: { path: { conversation_id: id } } })),
    onSuccess: (_, id) => {
      client.removeQueries({ queryKey: chatKeys.one(id) });
      client.removeQueries({ queryKey: chatKeys.messages(id) });
      return client.invalidateQueries({ queryKey: chatKeys.lists });
    },
  });
}

export function useStopReply() {
  return useMutation({
    mutationFn: (runId: string) => unwrap(api.POST("/api/v1/runs/{run_id}/cancel", { params: { path: { run_id: runId } } })),
  });
}
