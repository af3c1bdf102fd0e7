/**
 * The list of runs while runs come and go: rows that are shown change in place and never move; runs that are new and
 * would belong to the list are only counted, until the reader asks for them.
 */
import type { Run, RunOutcome, RunSort, RunStatus, RunTrigger } from "@/api/types";

export interface RunFilter {
  readonly status?: RunStatus | undefined;
  readonly outcome?: RunOutcome | undefined;
  readonly agent_id?: string | undefined;
  readonly trigger?: RunTrigger | undefined;
  readonly q?: string | undefined;
  readonly tag?: string[] | undefined;
  /** Entries as "key:value". */
  readonly metadata?: string[] | undefined;
  readonly feedback?: "up" | "down" | "none" | undefined;
  readonly ended_after?: string | undefined;
  readonly ended_before?: string | undefined;
  readonly created_after?: string | undefined;
  readonly min_duration_ms?: number | undefined;
  readonly min_cost_usd?: number | undefined;
  readonly sort?: RunSort | undefined;
}

/** What the organization's stream tells of a run: its id and those of its fields that changed. */
export type RunNews = Partial<Run> & { readonly id: string };

export interface Page<T> {
  readonly items: readonly T[];
  readonly next_cursor: string | null;
}

/** Change shown rows in place; the same pages when none of them is meant. */
export function patchPages<T extends Page<Run>>(pages: readonly T[], news: readonly RunNews[]): readonly T[] {
  const byId = new Map<string, RunNews>();
  for (const one of news) byId.set(one.id, { ...byId.get(one.id), ...one });
  let isTouched = false;
  const next = pages.map((page) => {
    if (!page.items.some((run) => byId.has(run.id))) return page;
    isTouched = true;
    return { ...page, items: page.items.map((run) => mergeSearch(run, byId.get(run.id))) };
  });
  return isTouched ? next : pages;
}

/** Only the fields a run has: the frame carries others too, and never takes one away. */
function mergeSearch(run: Run, news: RunNews | undefined): Run {
  if (!news) return run;
  const told = Object.entries(news).filter(([key, value]) => key in run && value !== undefined);
  return { ...run, ...Object.fromEntries(told) };
}

/** Which of the news are runs that are not shown and would stand at the head of this list. */
export function newIds(pages: readonly Page<Run>[], news: readonly RunNews[], filter: RunFilter): string[] {
  const shown = new Set(pages.flatMap((page) => page.items.map((run) => run.id)));
  const newest = pages[0]?.items[0];
  const fits = news.filter(
    (one) => !shown.has(one.id) && (newest === undefined || one.id > newest.id) && couldMatch(one, filter),
  );
  return [...new Set(fits.map((one) => one.id))];
}

const ENDS: Readonly<Record<RunOutcome, RunStatus>> = { success: "completed", warning: "completed", error: "failed" };

/** A frame does not carry everything a filter asks; what it does not carry is given the benefit of the doubt. */
function couldMatch(news: RunNews, filter: RunFilter): boolean {
  if (filter.ended_after !== undefined || filter.ended_before !== undefined) return false;
  // In another order the place of a new run is not the head of the list; one that took so much has ended.
  if (filter.sort !== undefined || filter.min_duration_ms !== undefined || filter.min_cost_usd !== undefined) return false;
  if (filter.status !== undefined && news.status !== undefined && news.status !== filter.status) return false;
  if (filter.outcome !== undefined && news.status !== undefined && news.status !== ENDS[filter.outcome]) return false;
  if (filter.agent_id !== undefined && news.agent_id != null && news.agent_id !== filter.agent_id) return false;
  return filter.trigger === undefined || news.trigger === undefined || news.trigger === filter.trigger;
}
