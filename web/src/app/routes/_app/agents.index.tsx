import { createFileRoute, useNavigate } from "@tanstack/react-router";
import { useCan } from "@/api/session";
import { AgentsPage } from "@/features/agents/gallery/agents-page";
import { readGallerySearch } from "@/features/agents/gallery/gallery-search";
import { NewRunDialog } from "@/features/runs/list/new-run-dialog";
import { useUnderstood } from "../../understood";

export const Route = createFileRoute("/_app/agents/")({ validateSearch: readGallerySearch, component: Agents });

function Agents() {
  const search = useUnderstood(Route);
  const navigate = useNavigate();
  const can = useCan();
  const change = (part: Record<string, string | undefined>) => {
    const next = readGallerySearch({ ...search, ...part });
    void navigate({ to: "/agents", search: next, replace: true });
  };
  return (
    <>
      <AgentsPage
        search={search}
        onSearch={change}
        canWrite={can("agents:write")}
        canRun={can("runs:write")}
        onRun={(run) => change({ run })}
        onCreated={(agent) => void navigate({ to: "/agents/$agentId", params: { agentId: agent.id } })}
      />
      {search.run && can("runs:write") && (
        <NewRunDialog
          agentId={search.run}
          onClose={() => change({ run: undefined })}
          onOpenRun={(runId) => void navigate({ to: "/runs/$runId", params: { runId } })}
        />
      )}
    </>
  );
}
