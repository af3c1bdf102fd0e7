import { createFileRoute, Link, useNavigate } from "@tanstack/react-router";
import { useCan } from "@/api/session";
import { runView } from "@/features/runs/api";
import { type RunSearch, readRunSearch } from "@/features/runs/view/run-search";
import { RunView } from "@/features/runs/view/run-view";
import { RunGraph } from "@/features/workflows/run/run-graph";
import { mergeSearch } from "../../merge-search";
import { useUnderstood } from "../../understood";
import { useApprovalSlot } from "../../use-approval-slot";

export const Route = createFileRoute("/_app/runs/$runId")({
  validateSearch: readRunSearch,
  loader: async ({ context: { queryClient }, params }) => {
    const { run } = await queryClient.ensureQueryData(runView(params.runId, queryClient));
    return { crumb: `Run of ${run?.target_name ?? "an agent"}` };
  },
  component: OneRun,
});

function OneRun() {
  const { runId } = Route.useParams();
  const search = useUnderstood(Route);
  const navigate = useNavigate();
  const can = useCan();
  return (
    <RunView
      key={runId}
      runId={runId}
      search={search}
      onSearch={(change) =>
        void navigate({
          to: "/runs/$runId",
          params: { runId },
          search: (before) => mergeSearch(before as RunSearch, change),
          replace: true,
        })
      }
      onOpenRun={(next) => void navigate({ to: "/runs/$runId", params: { runId: next } })}
      canWrite={can("runs:write")}
      renderTitle={(run) =>
        run.type === "team" ? (
          <Link to="/teams/$teamId" params={{ teamId: run.target_id }} className="hover:underline">
            {run.target_name}
          </Link>
        ) : run.workflow_id !== null ? (
          <Link to="/workflows/$workflowId" params={{ workflowId: run.workflow_id }} className="hover:underline">
            {run.target_name}
          </Link>
        ) : run.agent_id === null ? (
          run.target_name
        ) : (
          <Link to="/agents/$agentId" params={{ agentId: run.agent_id }} className="hover:underline">
            {run.target_name}
          </Link>
        )
      }
      renderApproval={useApprovalSlot()}
      renderGraph={({ run, version, ...slot }) => (
        <RunGraph
          key={run.id}
          workflowId={run.target_id}
          version={version}
          isCompleted={run.status === "completed"}
          runId={run.id}
          onOpenRun={
            can("runs:write") && run.completed_at !== null
              ? (next) => void navigate({ to: "/runs/$runId", params: { runId: next } })
              : undefined
          }
          {...slot}
        />
      )}
    />
  );
}
