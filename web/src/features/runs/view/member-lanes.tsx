import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { UsersRound } from "lucide-react";
import { api, unwrap } from "@/api/client";
import type { Run } from "@/api/types";
import { CostText } from "@/components/ui/cost-text";
import { EmptyState } from "@/components/ui/empty-state";
import { ErrorState } from "@/components/ui/error-state";
import { Skeleton } from "@/components/ui/skeleton";
import { StatusBadge } from "@/components/ui/status-badge";
import { cx } from "@/lib/cx";
import { duration } from "@/lib/format";
import { useNow } from "@/lib/use-now";
import { answerOf } from "./answer-of";

const MANY = 200;
const TICK_MS = 500;
const POLL_MS = 2000;

function useMembers(runId: string) {
  return useQuery({
    queryKey: ["runs", "members", runId],
    queryFn: async ({ signal }) => {
      const query = { parent_run_id: runId, limit: MANY };
      const page = await unwrap(api.GET("/api/v1/runs", { params: { query }, signal }));
      return [...page.items].reverse();
    },
    meta: { live: ["run"] },
    refetchInterval: (query) => (query.state.data?.some((run) => !run.completed_at) ? POLL_MS : false),
  });
}

interface MemberLanesProps {
  readonly runId: string;
  readonly isCompact?: boolean;
  /** False for a workflow's run, whose nodes started the runs. */
  readonly isTeam?: boolean;
}

/** The runs of a team's members, each as a lane over the time that all of them took. */
export function MemberLanes({ runId, isCompact = false, isTeam = true }: MemberLanesProps) {
  const members = useMembers(runId);
  const runs = members.data ?? [];
  const isLive = runs.some((run) => !run.completed_at);
  const now = useNow(isLive, TICK_MS);
  if (members.isLoadingError) return <ErrorState error={members.error} onRetry={() => void members.refetch()} />;
  if (members.isPending) return <Skeleton className="h-16 w-full" />;
  if (runs.length === 0) {
    if (isCompact) return null;
    return (
      <EmptyState icon={UsersRound} title={isTeam ? "No member has worked yet" : "No run was started"}>
        {isTeam ? "The leader has not delegated anything." : "Nodes that start agents, teams or workflows show here."}
      </EmptyState>
    );
  }
  const begin = Math.min(...runs.map((run) => Date.parse(run.created_at)));
  const end = Math.max(begin + 1, ...runs.map((run) => (run.completed_at ? Date.parse(run.completed_at) : now)));
  return (
    <ol
      aria-label={isTeam ? "Members" : "Runs"}
      className={cx("flex flex-col", isCompact ? "gap-2" : "gap-3 overflow-auto p-4")}
    >
      {runs.map((run) => (
        <Lane key={run.id} run={run} span={[begin, end]} now={now} isCompact={isCompact} />
      ))}
    </ol>
  );
}

const FILLS: Record<string, string> = {
  completed: "bg-success",
  failed: "bg-danger",
  cancelled: "bg-faint",
  waiting: "bg-warning",
};

interface LaneProps {
  readonly run: Run;
  readonly span: readonly [number, number];
  readonly now: number;
  readonly isCompact: boolean;
}

function Lane({ run, span, now, isCompact }: LaneProps) {
  const [begin, end] = span;
  const from = Date.parse(run.started_at ?? run.created_at);
  const to = run.completed_at ? Date.parse(run.completed_at) : run.started_at ? now : from;
  const left = ((from - begin) / (end - begin)) * 100;
  const width = Math.max(1, ((to - from) / (end - begin)) * 100);
  const text = answerOf(run.output) ?? run.error_message;
  return (
    <li className={cx("min-w-0", !isCompact && "rounded-lg border border-line bg-surface p-3")}>
      <div className="flex flex-wrap items-center gap-x-2.5 gap-y-1">
        <Link to="/runs/$runId" params={{ runId: run.id }} className="truncate font-medium text-fg text-sm hover:underline">
          {run.target_name}
        </Link>
        <StatusBadge status={run.status} />
        <span className="flex-1" />
        <span className="text-faint text-xs tabular-nums">{run.started_at ? duration(to - from) : waitsFor(run)}</span>
        <span className="text-faint text-xs">
          <CostText value={run.resource_usage} />
        </span>
      </div>
      <div aria-hidden className="relative mt-1.5 h-2 overflow-hidden rounded-full bg-sunken">
        <span
          className={cx(
            "absolute inset-y-0 rounded-full",
            FILLS[run.status] ?? "bg-info",
            !run.completed_at && "animate-live",
          )}
          style={{ left: `${Math.min(left, 99)}%`, width: `${Math.min(width, 100 - Math.min(left, 99))}%` }}
        />
      </div>
      {!isCompact && (
        <div className="mt-2 grid gap-x-4 gap-y-1 text-xs sm:grid-cols-2">
          <p className="line-clamp-3 whitespace-pre-wrap break-words text-muted">
            <span className="font-medium text-fg">Task: </span>
            {run.input_preview}
          </p>
          {text && (
            <p
              className={cx(
                "line-clamp-3 whitespace-pre-wrap break-words",
                run.error_message ? "text-danger" : "text-muted",
              )}
            >
              <span className="font-medium text-fg">{run.error_message ? "Failed: " : "Answer: "}</span>
              {text}
            </p>
          )}
        </div>
      )}
    </li>
  );
}

function waitsFor(run: Run): string {
  return run.waiting_reason === "turn" ? "waits for its turn" : "not begun";
}
