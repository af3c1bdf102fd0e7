import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { ThumbsDown, ThumbsUp } from "lucide-react";
import { api, unwrap } from "@/api/client";
import { IconButton } from "@/components/ui/button";
import { readRun, runKeys } from "./api";

type Value = "up" | "down";

/** The reader's thumb on a run: pressed again, it is taken off. */
export function RunFeedback({ runId }: { readonly runId: string }) {
  const client = useQueryClient();
  const key = ["runs", "feedback", runId] as const;
  const run = useQuery({ queryKey: key, queryFn: ({ signal }) => readRun(runId, signal) });
  const give = useMutation({
    mutationFn: async (value: Value | null) => {
      const params = { path: { run_id: runId } };
      if (value === null) await unwrap(api.DELETE("/api/v1/runs/{run_id}/feedback", { params }));
      else await unwrap(api.PUT("/api/v1/runs/{run_id}/feedback", { params, body: { value, comment: "" } }));
    },
    onSettled: () =>
      Promise.all([client.invalidateQueries({ queryKey: key }), client.invalidateQueries({ queryKey: runKeys.lists })]),
  });
  const given = run.data?.feedback;
  const mine = give.isPending ? give.variables : (given?.mine ?? null);
  return (
    <span className="inline-flex items-center gap-0.5">
      {(["up", "down"] as const).map((value) => (
        <span key={value} className="inline-flex items-center">
          <IconButton
            size="sm"
            label={value === "up" ? "Good answer" : "Bad answer"}
            icon={value === "up" ? ThumbsUp : ThumbsDown}
            aria-pressed={mine === value}
            variant={mine === value ? "secondary" : "ghost"}
            disabled={give.isPending}
            onClick={() => give.mutate(mine === value ? null : value)}
          />
          {given !== undefined && given[value] > 0 && (
            <span className="text-muted text-xs tabular-nums">{given[value]}</span>
          )}
        </span>
      ))}
    </span>
  );
}
