import { useInfiniteQuery } from "@tanstack/react-query";
import { Inbox } from "lucide-react";
import { type ReactNode, useRef } from "react";
import type { Approval } from "@/api/types";
import { Button } from "@/components/ui/button";
import { EmptyState } from "@/components/ui/empty-state";
import { ErrorState } from "@/components/ui/error-state";
import { Kbd } from "@/components/ui/kbd";
import { Page } from "@/components/ui/page";
import { Pill } from "@/components/ui/pill";
import { SkeletonRows } from "@/components/ui/skeleton";
import { useKeys } from "@/lib/use-keys";
import { approvalList, type View } from "./api";
import { ApprovalCard } from "./approval-card";

interface Props {
  readonly view: View;
  readonly onView: (view: View) => void;
  readonly canDecide: boolean;
  readonly renderLink: (approval: Approval) => ReactNode;
  readonly onDecided: (approval: Approval) => void;
}

const NAMES: readonly [View, string][] = [
  ["mine", "Waiting on me"],
  ["pending", "All waiting"],
  ["decided", "Decided"],
];

/** Every question that runs of the organization have put to a person. */
export function ApprovalsPage({ view, onView, canDecide, renderLink, onDecided }: Props) {
  const pages = useInfiniteQuery(approvalList(view));
  const approvals = pages.data?.pages.flatMap((page) => page.items) ?? [];
  const list = useRef<HTMLUListElement>(null);
  useInboxKeys(list);
  return (
    <Page
      title="Approvals"
      description="Approvals and questions of runs. A run that waits uses no worker and continues when you decide or answer."
      width="form"
    >
      <div className="flex flex-wrap items-center gap-1.5">
        <fieldset className="flex flex-wrap gap-1.5">
          <legend className="sr-only">Which approvals</legend>
          {NAMES.map(([value, label]) => (
            <Pill key={value} pressed={view === value} onClick={() => onView(value)}>
              {label}
            </Pill>
          ))}
        </fieldset>
        {canDecide && view !== "decided" && <KeyHelp />}
      </div>
      {pages.isPending && <SkeletonRows rows={4} label="Loading approvals" />}
      {pages.isError && approvals.length === 0 && <ErrorState error={pages.error} onRetry={() => void pages.refetch()} />}
      {pages.isSuccess && approvals.length === 0 && <Nothing view={view} />}
      <ul ref={list} className="grid gap-3">
        {approvals.map((approval) => (
          <li key={approval.id} tabIndex={-1} data-approval="" className="rounded-xl outline-offset-2">
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

function KeyHelp() {
  return (
    <p className="ml-auto flex flex-wrap items-center gap-1 text-faint text-xs max-sm:hidden">
      <Kbd>J</Kbd> <Kbd>K</Kbd> choose · <Kbd>A</Kbd> approve · <Kbd>R</Kbd> reject · <Kbd>E</Kbd> edit
    </p>
  );
}

/** J and K choose an approval; A, R and E press the buttons of the one that is chosen. */
function useInboxKeys(list: { readonly current: HTMLUListElement | null }): void {
  const cards = () => [...(list.current?.querySelectorAll<HTMLElement>("[data-approval]") ?? [])];
  const chosen = () => cards().findIndex((card) => card.contains(document.activeElement));
  const go = (step: number) => {
    const all = cards();
    const card = all[Math.min(all.length - 1, Math.max(0, chosen() + step))];
    card?.focus();
    card?.scrollIntoView({ block: "nearest" });
  };
  const press = (key: string) => {
    const card = cards()[chosen()];
    card?.querySelector<HTMLButtonElement>(`button[data-inbox-key="${key}"]:not(:disabled)`)?.click();
  };
  useKeys([
    ["j", () => go(1)],
    ["k", () => go(-1)],
    ["a", () => press("a")],
    ["r", () => press("r")],
    ["e", () => press("e")],
  ]);
}

function Nothing({ view }: { readonly view: View }) {
  if (view === "decided") return <EmptyState icon={Inbox} title="No decided approvals yet" />;
  return (
    <EmptyState icon={Inbox} title="You're all caught up">
      Calls of tools that require approval, and approvals and questions of workflows, appear here. Enable “Require approval”
      for a tool in an agent's editor.
    </EmptyState>
  );
}
