/** What the palette asks of the API: every kind of object by a part of its name, and any of them by its id. */
import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";

const MOST = 6;
const MOST_OF_A_WHOLE_LIST = 100;
const SHORTEST = 2;
const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/i;

/** The id in a pasted text, be it bare or within an address. */
export function uuidIn(text: string): string | null {
  return UUID.exec(text)?.[0].toLowerCase() ?? null;
}

export interface FoundObject {
  id: string;
  name: string;
  to: string;
  hint?: string | null | undefined;
}

interface Asked {
  query: { limit: number; q?: string };
  signal: AbortSignal;
}

interface Kind {
  /** The plural, as the heading of its group. */
  heading: string;
  /** What to type before a name to see only this kind. */
  word: string;
  permission: string;
  /** Asked with the text, or read as a whole and narrowed here. */
  searches: boolean;
  /** Shown before anything is typed. */
  isShownAtOnce?: true;
  read: (asked: Asked) => Promise<FoundObject[]>;
}

export const KINDS: readonly Kind[] = [
  {
    heading: "Agents",
    word: "agent",
    permission: "agents:read",
    searches: true,
    isShownAtOnce: true,
    read: async ({ query, signal }) =>
      (await unwrap(api.GET("/api/v1/agents", { params: { query }, signal }))).items.map((each) => ({
        id: each.id,
        name: each.name,
        hint: each.description,
        to: `/agents/${each.id}`,
      })),
  },
  {
    heading: "Teams",
    word: "team",
    permission: "teams:read",
    searches: true,
    isShownAtOnce: true,
    read: async ({ query, signal }) =>
      (await unwrap(api.GET("/api/v1/teams", { params: { query }, signal }))).items.map((each) => ({
        id: each.id,
        name: each.name,
        hint: each.description,
        to: `/teams/${each.id}`,
      })),
  },
  {
    heading: "Workflows",
    word: "workflow",
    permission: "workflows:read",
    searches: true,
    isShownAtOnce: true,
    read: async ({ query, signal }) =>
      (await unwrap(api.GET("/api/v1/workflows", { params: { query }, signal }))).items.map((each) => ({
        id: each.id,
        name: each.name,
        hint: each.description,
        to: `/workflows/${each.id}`,
      })),
  },
  {
    heading: "Tools",
    word: "tool",
    permission: "tools:read",
    searches: true,
    isShownAtOnce: true,
    read: async ({ query, signal }) =>
      (await unwrap(api.GET("/api/v1/tools", { params: { query }, signal }))).items.map((each) => ({
        id: each.id,
        name: each.name,
        hint: each.description,
        to: `/tools?tool=${each.id}`,
      })),
  },
  {
    heading: "Schedules",
    word: "schedule",
    permission: "schedules:read",
    searches: true,
    isShownAtOnce: true,
    read: async ({ query, signal }) =>
      (await unwrap(api.GET("/api/v1/schedules", { params: { query }, signal }))).items.map((each) => ({
        id: each.id,
        name: each.name,
        hint: each.summary,
        to: `/schedules/${each.id}`,
      })),
  },
  {
    heading: "Conversations",
    word: "conversation",
    permission: "conversations:read",
    searches: true,
    read: async ({ query, signal }) =>
      (await unwrap(api.GET("/api/v1/conversations", { params: { query }, signal }))).items.map((each) => ({
        id: each.id,
        name: each.title,
        to: `/chat/${each.id}`,
      })),
  },
  {
    heading: "Runs",
    word: "run of",
    permission: "runs:read",
    searches: true,
    read: async ({ query, signal }) =>
      (await unwrap(api.GET("/api/v1/runs", { params: { query }, signal }))).items.map((each) => ({
        id: each.id,
        name: `${each.target_name}: ${each.input_preview ?? each.id}`,
        hint: each.status,
        to: `/runs/${each.id}`,
      })),
  },
  {
    heading: "Alert rules",
    word: "alert rule",
    permission: "alerts:read",
    searches: true,
    read: async ({ query, signal }) =>
      (await unwrap(api.GET("/api/v1/alert-configs", { params: { query }, signal }))).items.map((each) => ({
        id: each.id,
        name: each.name,
        hint: each.summary,
        to: `/alerts?tab=rules&q=${encodeURIComponent(each.name)}`,
      })),
  },
  {
    heading: "Agent templates",
    word: "template",
    permission: "agents:read",
    searches: true,
    read: async ({ query, signal }) =>
      (await unwrap(api.GET("/api/v1/agent-templates", { params: { query }, signal }))).items.map((each) => ({
        id: each.id,
        name: each.name,
        hint: each.description,
        to: `/agents?tab=templates&q=${encodeURIComponent(each.name)}`,
      })),
  },
  {
    heading: "Alert channels",
    word: "channel",
    permission: "alerts:read",
    searches: false,
    read: async ({ signal }) =>
      (await unwrap(api.GET("/api/v1/alert-channels", { signal }))).items.map((each) => ({
        id: each.id,
        name: each.name,
        hint: each.kind,
        to: "/alerts?tab=channels",
      })),
  },
  {
    heading: "Webhooks",
    word: "webhook",
    permission: "webhooks:read",
    searches: false,
    read: async ({ signal }) =>
      (await unwrap(api.GET("/api/v1/webhooks", { signal }))).items.map((each) => ({
        id: each.id,
        name: each.name,
        hint: each.url,
        to: "/settings/webhooks",
      })),
  },
  {
    heading: "Connections",
    word: "connection",
    permission: "connections:read",
    searches: false,
    read: async ({ query, signal }) =>
      (await unwrap(api.GET("/api/v1/connections", { params: { query }, signal }))).items.map((each) => ({
        id: each.id,
        name: each.name,
        to: `/connect/${each.id}`,
      })),
  },
  {
    heading: "Deployments",
    word: "deployment",
    permission: "deployments:read",
    searches: false,
    read: async ({ query, signal }) =>
      (await unwrap(api.GET("/api/v1/deployments", { params: { query }, signal }))).items.map((each) => ({
        id: each.id,
        name: each.name,
        hint: `v${each.version} ${each.status}`,
        to: `/${each.target_type}s/${each.target_id}?deployments=true`,
      })),
  },
  {
    heading: "Members",
    word: "member",
    permission: "members:read",
    searches: false,
    read: async ({ query, signal }) =>
      (await unwrap(api.GET("/api/v1/members", { params: { query }, signal }))).items.map((each) => ({
        id: each.user.id,
        name: each.user.full_name || each.user.email,
        hint: each.user.email,
        to: "/settings/members",
      })),
  },
  {
    heading: "Models",
    word: "model provider",
    permission: "models:read",
    searches: false,
    read: async ({ signal }) =>
      (await unwrap(api.GET("/api/v1/model-providers", { signal }))).items.map((each) => ({
        id: each.id,
        name: each.name,
        hint: each.default_model,
        to: "/settings/models",
      })),
  },
  {
    heading: "Variables",
    word: "variable",
    permission: "variables:read",
    searches: false,
    read: async ({ signal }) =>
      (await unwrap(api.GET("/api/v1/variables", { signal }))).items.map((each) => ({
        id: each.id,
        name: each.name,
        hint: each.description,
        to: "/settings/variables",
      })),
  },
  {
    heading: "API keys",
    word: "API key",
    permission: "api_keys:read",
    searches: false,
    read: async ({ query, signal }) =>
      (await unwrap(api.GET("/api/v1/api-keys", { params: { query }, signal }))).items.map((each) => ({
        id: each.id,
        name: each.name,
        hint: each.prefix,
        to: "/settings/api-keys",
      })),
  },
];

/** The objects of a kind whose name or hint has the text; nothing before enough of it is typed. */
export function found(kind: Kind, text: string) {
  const q = uuidIn(text) === null ? text : "";
  const query = kind.searches ? { limit: MOST, ...(q && { q }) } : { limit: MOST_OF_A_WHOLE_LIST };
  const small = q.toLowerCase();
  return queryOptions({
    queryKey: ["palette", kind.word, query],
    queryFn: ({ signal }) => kind.read({ query, signal }),
    enabled: kind.isShownAtOnce || q.length >= SHORTEST,
    placeholderData: keepPreviousData,
    select: (all) => {
      if (!kind.isShownAtOnce && q.length < SHORTEST) return [];
      if (kind.searches) return all;
      return all.filter((each) => `${each.name} ${each.hint ?? ""}`.toLowerCase().includes(small)).slice(0, MOST);
    },
  });
}

export interface IdentifiedObject {
  kind: "run" | "agent" | "team" | "workflow" | "schedule" | "conversation" | "tool" | "deployment" | "alert";
  name: string;
  to: string;
}

/** Every kind of object is asked for the id; those that do not know it are left out. */
export function objectsOfId(id: string) {
  return queryOptions({
    queryKey: ["palette", "id", id],
    queryFn: async ({ signal }): Promise<IdentifiedObject[]> => {
      const asked = [
        unwrap(api.GET("/api/v1/runs/{run_id}", { params: { path: { run_id: id } }, signal })).then(
          (run): IdentifiedObject => ({ kind: "run", name: run.target_name, to: `/runs/${id}` }),
        ),
        unwrap(api.GET("/api/v1/agents/{agent_id}", { params: { path: { agent_id: id } }, signal })).then(
          (agent): IdentifiedObject => ({ kind: "agent", name: agent.name, to: `/agents/${id}` }),
        ),
        unwrap(api.GET("/api/v1/teams/{team_id}", { params: { path: { team_id: id } }, signal })).then(
          (team): IdentifiedObject => ({ kind: "team", name: team.name, to: `/teams/${id}` }),
        ),
        unwrap(api.GET("/api/v1/workflows/{workflow_id}", { params: { path: { workflow_id: id } }, signal })).then(
          (workflow): IdentifiedObject => ({ kind: "workflow", name: workflow.name, to: `/workflows/${id}` }),
        ),
        unwrap(api.GET("/api/v1/schedules/{schedule_id}", { params: { path: { schedule_id: id } }, signal })).then(
          (schedule): IdentifiedObject => ({ kind: "schedule", name: schedule.name, to: `/schedules/${id}` }),
        ),
        unwrap(
          api.GET("/api/v1/conversations/{conversation_id}", { params: { path: { conversation_id: id } }, signal }),
        ).then((conversation): IdentifiedObject => ({ kind: "conversation", name: conversation.title, to: `/chat/${id}` })),
        unwrap(api.GET("/api/v1/tools/{tool_id}", { params: { path: { tool_id: id } }, signal })).then(
          (tool): IdentifiedObject => ({ kind: "tool", name: tool.name, to: `/tools?tool=${id}` }),
        ),
        unwrap(api.GET("/api/v1/deployments/{deployment_id}", { params: { path: { deployment_id: id } }, signal })).then(
          ({ name, target_type, target_id }): IdentifiedObject => ({
            kind: "deployment",
            name,
            to: `/${target_type}s/${target_id}?deployments=true`,
          }),
        ),
        unwrap(api.GET("/api/v1/alerts/{alert_id}", { params: { path: { alert_id: id } }, signal })).then(
          ({ alert }): IdentifiedObject => ({ kind: "alert", name: alert.config_name, to: `/alerts/${id}` }),
        ),
      ];
      const answers = await Promise.allSettled(asked);
      return answers.flatMap((answer) => (answer.status === "fulfilled" ? [answer.value] : []));
    },
  });
}
