import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { Run } from "@/api/types";
import { Section } from "@/components/ui/card";
import { ErrorState } from "@/components/ui/error-state";
import { SkeletonRows } from "@/components/ui/skeleton";
import { newestRuns } from "./api";
import { RunLine } from "./run-line";

interface Props {
  readonly title: string;
  readonly status: Run["status"] | null;
  readonly limit: number;
  /** What is said when there is none. */
  readonly nothing: string;
}

/** The newest runs of a state, each a link, and the way to all of them. */
export function RunSection({ title, status, limit, nothing }: Props) {
  const runs = useQuery(newestRuns(status, limit));
  const all = (
    <Link
      to="/runs"
      search={status === null ? {} : { status }}
      className="text-accent-text text-xs underline-offset-2 hover:underline"
    >
      Show all
    </Link>
  );
  return (
    <Section title={title} flush actions={all}>
      {runs.isPending && <SkeletonRows rows={3} label={`Loading: ${title}`} />}
      {runs.isError && <ErrorState error={runs.error} onRetry={() => void runs.refetch()} />}
      {runs.isSuccess && runs.data.items.length === 0 && <p className="px-4 py-5 text-muted text-sm">{nothing}</p>}
      <ul className="divide-y divide-line">
        {(runs.data?.items ?? []).map((run) => (
          <li key={run.id}>
            <RunLine run={run} />
          </li>
        ))}
      </ul>
    </Section>
  );
}
