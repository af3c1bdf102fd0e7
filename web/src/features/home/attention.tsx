import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { CircleCheck, Hand } from "lucide-react";
import { buttonClass } from "@/components/ui/button";
import { Section } from "@/components/ui/card";
import { ErrorState } from "@/components/ui/error-state";
import { SkeletonRows } from "@/components/ui/skeleton";
import { RelativeTime } from "@/components/ui/time";
import { firingAlerts, newestRuns, openApprovals } from "./api";
import { RunLine } from "./run-line";

const SHOWN = 5;
const ASKED: Readonly<Record<string, string>> = {
  unknown_outcome: "Unknown outcome of ",
  tool_call: "Approve the call of ",
  question: "Answer ",
};

/** What a person should look at first: questions that hold a run up, then what failed. */
export function Attention() {
  const approvals = useQuery(openApprovals(SHOWN));
  const failed = useQuery(newestRuns("failed", SHOWN));
  const alerts = useQuery(firingAlerts);
  const isFiring = (alerts.data?.items.length ?? 0) > 0;
  const questions = approvals.data?.items ?? [];
  const failures = failed.data?.items ?? [];
  const isEmpty = approvals.isSuccess && failed.isSuccess && questions.length + failures.length === 0;
  return (
    <Section title="Needs attention" flush>
      {approvals.isPending && <SkeletonRows rows={3} label="Loading what needs attention" />}
      {approvals.isError && <ErrorState error={approvals.error} onRetry={() => void approvals.refetch()} />}
      {isEmpty && (
        <p className="flex items-center gap-2 px-4 py-5 text-muted text-sm">
          <CircleCheck aria-hidden className="size-4 text-success" />
          {isFiring ? "No pending approvals or failed runs." : "You're all caught up."}
        </p>
      )}
      <ul className="divide-y divide-line">
        {questions.map((approval) => (
          <li key={approval.id} className="flex items-center gap-3 px-4 py-2.5">
            <Hand aria-hidden className="size-4 shrink-0 text-warning" />
            <span className="min-w-0 flex-1">
              <span className="block truncate text-sm">
                {ASKED[approval.kind] ?? "Approve "}
                <span className="font-medium">{approval.tool_name}</span>?
              </span>
              <span className="block text-muted text-xs">
                asked <RelativeTime at={approval.created_at} />
              </span>
            </span>
            <Link
              to="/runs/$runId"
              params={{ runId: approval.run_id }}
              search={approval.step_id === null ? {} : { step: approval.step_id }}
              className={buttonClass("secondary", "sm")}
            >
              {approval.kind === "question" ? "Answer" : "Decide"}
            </Link>
          </li>
        ))}
        {failures.map((run) => (
          <li key={run.id}>
            <RunLine run={run} />
          </li>
        ))}
      </ul>
    </Section>
  );
}
