import { useInfiniteQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { Waypoints } from "lucide-react";
import type { N8nWorkflow } from "@/api/types";
import { Button } from "@/components/ui/button";
import { Section } from "@/components/ui/card";
import { type Column, DataTable } from "@/components/ui/data-table";
import { EmptyState } from "@/components/ui/empty-state";
import { LoadMore } from "@/components/ui/load-more";
import { Loaded } from "@/components/ui/page-states";
import { useToast } from "@/components/ui/toast";
import { useLink, useSetPublished, workflowsQuery } from "./api";

/** The workflows of n8n, as n8n has them now: publish them there, and link them. */
export function N8nWorkflows({ canWrite }: { readonly canWrite: boolean }) {
  const workflows = useInfiniteQuery(workflowsQuery);
  const columns: readonly Column<N8nWorkflow>[] = [
    {
      id: "name",
      header: "Name",
      cell: (row) => (
        <a href={row.url} target="_blank" rel="noreferrer" className="font-medium text-fg hover:underline">
          {row.name}
        </a>
      ),
    },
    { id: "active", header: "In n8n", cell: (row) => stateOf(row) },
    { id: "linked", header: "Workflow", cell: (row) => <Linked workflow={row} canWrite={canWrite} /> },
    ...(canWrite
      ? [{ id: "publish", header: "", align: "end" as const, cell: (row: N8nWorkflow) => <Publish workflow={row} /> }]
      : []),
  ];
  return (
    <Section
      title="Workflows of n8n"
      description="Linking one creates a workflow that n8n carries out. To let n8n carry out an existing workflow, open that workflow."
      flush
    >
      <Loaded query={workflows}>
        {(data) => {
          const rows = data.pages.flatMap((page) => page.items);
          if (rows.length === 0)
            return (
              <EmptyState icon={Waypoints} title="No workflows in n8n">
                The API key sees no workflow. Create one in n8n with a Webhook trigger.
              </EmptyState>
            );
          return <DataTable rows={rows} columns={columns} rowKey={(row) => row.id} label="Workflows of n8n" />;
        }}
      </Loaded>
      <LoadMore query={workflows} />
    </Section>
  );
}

function stateOf({ is_active, is_archived, can_start }: N8nWorkflow): string {
  if (is_archived) return "Archived";
  return `${is_active ? "Published" : "Not published"}${can_start ? "" : ", no webhook"}`;
}

interface RowProps {
  readonly workflow: N8nWorkflow;
}

function Linked({ workflow, canWrite }: RowProps & { readonly canWrite: boolean }) {
  const link = useLink();
  const toast = useToast();
  const navigate = useNavigate();
  if (workflow.workflow_id !== null)
    return (
      <Link
        to="/workflows/$workflowId"
        params={{ workflowId: workflow.workflow_id }}
        className="text-accent-text hover:underline"
      >
        Open workflow
      </Link>
    );
  if (!canWrite) return <>—</>;
  return (
    <Button
      size="sm"
      busy={link.isPending}
      onClick={() =>
        link.mutate(workflow.id, {
          onSuccess: (made) => void navigate({ to: "/workflows/$workflowId", params: { workflowId: made.workflow_id } }),
          onError: toast.danger,
        })
      }
    >
      Link
    </Button>
  );
}

function Publish({ workflow }: RowProps) {
  const publish = useSetPublished();
  const toast = useToast();
  if (workflow.is_archived) return null;
  return (
    <Button
      size="sm"
      variant="ghost"
      busy={publish.isPending}
      onClick={() => publish.mutate({ id: workflow.id, isActive: !workflow.is_active }, { onError: toast.danger })}
    >
      {workflow.is_active ? "Unpublish" : "Publish"}
    </Button>
  );
}
