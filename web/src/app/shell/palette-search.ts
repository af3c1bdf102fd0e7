/** What the palette asks of the API. */
import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";

const MOST = 6;
const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/i;

/** The id in a pasted text, be it bare or within an address. */
export function uuidIn(text: string): string | null {
  return UUID.exec(text)?.[0].toLowerCase() ?? null;
}

function narrowed(text: string): { limit: number; q?: string } {
  return text && uuidIn(text) === null ? { limit: MOST, q: text } : { limit: MOST };
}

export function foundAgents(text: string) {
  const query = narrowed(text);
  return queryOptions({
    queryKey: ["agents", "palette", query],
    queryFn: ({ signal }) => unwrap(api.GET("/api/v1/agents", { params: { query }, signal })),
    placeholderData: keepPreviousData,
  });
}

export function foundTeams(text: string) {
  const query = narrowed(text);
  return queryOptions({
    queryKey: ["teams", "palette", query],
    queryFn: ({ signal }) => unwrap(api.GET("/api/v1/teams", { params: { query }, signal })),
    placeholderData: keepPreviousData,
  });
}

export function foundWorkflows(text: string) {
  const query = narrowed(text);
  return queryOptions({
    queryKey: ["workflows", "palette", query],
    queryFn: ({ signal }) => unwrap(api.GET("/api/v1/workflows", { params: { query }, signal })),
    placeholderData: keepPreviousData,
  });
}

export function foundSchedules(text: string) {
  const query = narrowed(text);
  return queryOptions({
    queryKey: ["schedules", "palette", query],
    queryFn: ({ signal }) => unwrap(api.GET("/api/v1/schedules", { params: { query }, signal })),
    placeholderData: keepPreviousData,
  });
}

export function foundTools(text: string) {
  const query = narrowed(text);
  return queryOptions({
    queryKey: ["tools", "palette", query],
    queryFn: ({ signal }) => unwrap(api.GET("/api/v1/tools", { params: { query }, signal })),
    placeholderData: keepPreviousData,
  });
}

export interface FoundObject {
  kind: "run" | "agent" | "team" | "workflow" | "schedule" | "conversation" | "tool";
  name: string;
  to: string;
}

/** Every kind of object is asked for the id; those that do not know it are left out. */
export function objectsOfId(id: string) {
  return queryOptions({
    queryKey: ["palette", "id", id],
    queryFn: async ({ signal }): Promise<FoundObject[]> => {
      const asked = [
        unwrap(api.GET("/api/v1/runs/{run_id}", { params: { path: { run_id: id } }, signal })).then(
          (run): FoundObject => ({ kind: "run", name: run.target_name, to: `/runs/${id}` }),
        ),
        unwrap(api.GET("/api/v1/agents/{agent_id}", { params: { path: { agent_id: id } }, signal })).then(
          (agent): FoundObject => ({ kind: "agent", name: agent.name, to: `/agents/${id}` }),
        ),
        unwrap(api.GET("/api/v1/teams/{team_id}", { params: { path: { team_id: id } }, signal })).then(
          (team): FoundObject => ({ kind: "team", name: team.name, to: `/teams/${id}` }),
        ),
        unwrap(api.GET("/api/v1/workflows/{workflow_id}", { params: { path: { workflow_id: id } }, signal })).then(
          (workflow): FoundObject => ({ kind: "workflow", name: workflow.name, to: `/workflows/${id}` }),
        ),
        unwrap(api.GET("/api/v1/schedules/{schedule_id}", { params: { path: { schedule_id: id } }, signal })).then(
          (schedule): FoundObject => ({ kind: "schedule", name: schedule.name, to: `/schedules/${id}` }),
        ),
        unwrap(
          api.GET("/api/v1/conversations/{conversation_id}", { params: { path: { conversation_id: id } }, signal }),
        ).then((conversation): FoundObject => ({ kind: "conversation", name: conversation.title, to: `/chat/${id}` })),
        unwrap(api.GET("/api/v1/tools/{tool_id}", { params: { path: { tool_id: id } }, signal })).then(
          (tool): FoundObject => ({ kind: "tool", name: tool.name, to: `/tools?tool=${id}` }),
        ),
      ];
      const answers = await Promise.allSettled(asked);
      return answers.flatMap((answer) => (answer.status === "fulfilled" ? [answer.value] : []));
    },
  });
}
