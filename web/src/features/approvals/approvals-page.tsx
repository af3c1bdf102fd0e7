import { useInfiniteQuery } from "@tanstack/react-query";
import { Inbox } from "lucide-react";
import type { ReactNode } from "react";
import type { Approval } from "@/api/types";
import { Button } from "@/components/ui/button";
import { EmptyState } from "@/components/ui/empty-state";
import { ErrorState } from "@/components/ui/error-state";
import { Page } from "@/components/ui/page";
import { Pill } from "@/components/ui/pill";
import { SkeletonRows } from "@/components/ui/skeleton";
import { approvalList } from "./api";
import { ApprovalCard } from "./approval-card";

interface Props {
  readonly status: Approval["status"];
  readonly onStatus: (status: Approval["status"]) => void;
  readonly canDecide: boolean;
  readonly renderLink: (approval: Approval) => ReactNode;
  readonly onDecided: (approval: Approval) => void;
}

const STATUSES = [
  ["pending", "Waiting"],
  ["approved", "Approved"],
  ["rejected", "Rejected"],
  ["answered", "Answered"],
  ["expired", "Expired"],
] as const;

/** Every question that agents of the organization have put to a person. */
export function ApprovalsPage({ status, onStatus, canDecide, renderLink, onDecided }: Props) {
  const pages = useInfiniteQuery(approvalList(status));
  const approvals = pages.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <Page
      title="Approvals"
      description="Approvals and questions of runs. A run that waits uses no worker and continues when you decide or answer."
      width="form"
    >
      <fieldset className="flex flex-wrap gap-1.5">
        <legend className="sr-only">Which approvals</legend>
        {STATUSES.map(([value, label]) => (
          <Pill key={value} pressed={status === value} onClick={() => onStatus(value)}>
            {label}
          </Pill>
        ))}
      </fieldset>
      {pages.isPending && <SkeletonRows rows={4} label="Loading approvals" />}
      {pages.isError && approvals.length === 0 && <ErrorState error={pages.error} onRetry={() => void pages.refetch()} />}
      {pages.isSuccess && approvals.length === 0 && <Nothing status={status} />}
      <ul className="grid gap-3">
        {approvals.map((approval) => (
          <li key={approval.id}>
            <ApprovalCard approval={approval} canDecide={canDecide} link={renderLink(approval)} onDecided={onDecided} />
          </li>
        ))}
      </ul>
      {pages.hasNextPage && (
        <Button className="mx-auto" busy={pages.isFetchingNextPage} onClick={() => void pages.fetchNextPage()}>
          Show more
        </Button>
      )}
    </Page>
  );
}

function Nothing({ status }: { readonly status: Approval["status"] }) {
  if (status !== "pending") return <EmptyState icon={Inbox} title={`No ${status} approvals yet`} />;
  return (
    <EmptyState icon={Inbox} title="You're all caught up">
      Calls of tools that require approval appear here. Enable “Require approval” for a tool in an agent's editor.
    </EmptyState>
  );
}
