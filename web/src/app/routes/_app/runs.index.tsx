import { createFileRoute, useNavigate } from "@tanstack/react-router";
import { useCan } from "@/api/session";
import { RunsPage } from "@/features/runs/list/runs-page";
import { readRunsSearch } from "@/features/runs/list/runs-search";
import { mergeSearch } from "../../merge-search";
import { useUnderstood } from "../../understood";
import { useApprovalSlot } from "../../use-approval-slot";

export const Route = createFileRoute("/_app/runs/")({
  validateSearch: readRunsSearch,
  component: Runs,
});

function Runs() {
  const search = useUnderstood(Route);
  const navigate = useNavigate();
  const can = useCan();
  return (
    <RunsPage
      search={search}
      onSearch={(change) => void navigate({ to: "/runs", search: mergeSearch(search, change), replace: true })}
      onOpenRun={(runId) => void navigate({ to: "/runs/$runId", params: { runId } })}
      canWrite={can("runs:write")}
      renderApproval={useApprovalSlot()}
    />
  );
}
