/** What the schedules feature asks of the API. */
import { infiniteQueryOptions, keepPreviousData, queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";
import type { NewSchedule, Schedule, ScheduleChange, ScheduleTiming } from "@/api/types";
import { defined } from "@/lib/defined";

const PAGE = 60;
const OCCURRENCES = 30;
const MANY = 200;
const KEY = "schedules";

export interface ScheduleFilter {
  q?: string | undefined;
  target_id?: string | undefined;
  enabled?: boolean | undefined;
}

export function scheduleList(filter: ScheduleFilter) {
  return infiniteQueryOptions({
    queryKey: [KEY, "list", filter],
    queryFn: ({ pageParam, signal }) => {
      const query = { limit: PAGE, ...defined(filter), ...(pageParam === null ? {} : { cursor: pageParam }) };
      return unwrap(api.GET("/api/v1/schedules", { params: { query }, signal }));
    },
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
    meta: { live: ["schedule", "run"] },
  });
}

export function scheduleQuery(scheduleId: string) {
  const path = { schedule_id: scheduleId };
  return queryOptions({
    queryKey: [KEY, "one", scheduleId],
    queryFn: ({ signal }) => unwrap(api.GET("/api/v1/schedules/{schedule_id}", { params: { path }, signal })),
    meta: { live: ["schedule", "run"] },
  });
}

export function upcomingTimes(scheduleId: string, updatedAt: string) {
  const path = { schedule_id: scheduleId };
  return queryOptions({
    queryKey: [KEY, "upcoming", scheduleId, updatedAt],
    queryFn: ({ signal }) => unwrap(api.GET("/api/v1/schedules/{schedule_id}/upcoming", { params: { path }, signal })),
    meta: { live: ["schedule", "run"] },
  });
}

export function occurrenceList(scheduleId: string) {
  return infiniteQueryOptions({
    queryKey: [KEY, "occurrences", scheduleId],
    queryFn: ({ pageParam, signal }) => {
      const query = { limit: OCCURRENCES, ...(pageParam === null ? {} : { cursor: pageParam }) };
      const params = { path: { schedule_id: scheduleId }, query };
      return unwrap(api.GET("/api/v1/schedules/{schedule_id}/occurrences", { params, signal }));
    },
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
    meta: { live: ["schedule", "run"] },
  });
}

export function timingPreview(timing: ScheduleTiming) {
  return queryOptions({
    queryKey: [KEY, "preview", timing],
    queryFn: ({ signal }) => unwrap(api.POST("/api/v1/schedules/preview", { body: timing, signal })),
    placeholderData: keepPreviousData,
    retry: false,
  });
}

export function calendarQuery(start: string, end: string) {
  return queryOptions({
    queryKey: [KEY, "calendar", start, end],
    queryFn: ({ signal }) => unwrap(api.GET("/api/v1/schedules/calendar", { params: { query: { start, end } }, signal })),
    placeholderData: keepPreviousData,
    meta: { live: ["schedule", "run"] },
  });
}

/** What a schedule may start. */
export const targets = queryOptions({
  queryKey: [KEY, "targets"],
  queryFn: async ({ signal }) => {
    const query = { limit: MANY };
    const [agents, teams, workflows] = await Promise.all([
      unwrap(api.GET("/api/v1/agents", { params: { query }, signal })),
      unwrap(api.GET("/api/v1/teams", { params: { query }, signal })),
      unwrap(api.GET("/api/v1/workflows", { params: { query }, signal })),
    ]);
    return { agents: agents.items, teams: teams.items, workflows: workflows.items };
  },
  meta: { live: ["agent", "team", "workflow"] },
});

function useRefresh() {
  const client = useQueryClient();
  return () => client.invalidateQueries({ queryKey: [KEY] });
}

export function useCreateSchedule() {
  const refresh = useRefresh();
  return useMutation({
    mutationFn: (body: NewSchedule) => unwrap(api.POST("/api/v1/schedules", { body })),
    onSuccess: refresh,
  });
}

export function useUpdateSchedule(scheduleId: string) {
  const refresh = useRefresh();
  const path = { schedule_id: scheduleId };
  return useMutation({
    mutationFn: (body: ScheduleChange) => unwrap(api.PATCH("/api/v1/schedules/{schedule_id}", { params: { path }, body })),
    onSuccess: refresh,
  });
}

export function usePauseSchedule() {
  const refresh = useRefresh();
  return useMutation({
    mutationFn: ({ id, enabled }: Pick<Schedule, "id" | "enabled">) => {
      const params = { path: { schedule_id: id } };
      return enabled
        ? unwrap(api.POST("/api/v1/schedules/{schedule_id}/resume", { params }))
        : unwrap(api.POST("/api/v1/schedules/{schedule_id}/pause", { params, body: {} }));
    },
    onSuccess: refresh,
  });
}

export function useRunSchedule() {
  const refresh = useRefresh();
  return useMutation({
    mutationFn: (scheduleId: string) =>
      unwrap(api.POST("/api/v1/schedules/{schedule_id}/run", { params: { path: { schedule_id: scheduleId } } })),
    onSuccess: refresh,
  });
}

export function useBackfill(scheduleId: string) {
  const refresh = useRefresh();
  const path = { schedule_id: scheduleId };
  return useMutation({
    mutationFn: (body: { start: string; end: string }) =>
      unwrap(api.POST("/api/v1/schedules/{schedule_id}/backfill", { params: { path }, body })),
    onSuccess: refresh,
  });
}

export function useDeleteSchedule() {
  const refresh = useRefresh();
  return useMutation({
    mutationFn: (scheduleId: string) =>
      unwrap(api.DELETE("/api/v1/schedules/{schedule_id}", { params: { path: { schedule_id: scheduleId } } })),
    onSuccess: refresh,
  });
}
