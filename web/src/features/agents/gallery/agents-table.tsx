import { Link } from "@tanstack/react-router";
import { Play } from "lucide-react";
import type { Agent } from "@/api/types";
import { AgentIcon } from "@/components/agent-icon";
import { IconButton } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { type Column, DataTable } from "@/components/ui/data-table";
import { StatusBadge } from "@/components/ui/status-badge";
import { RelativeTime } from "@/components/ui/time";
import { categoryLabel } from "../categories";

interface Props {
  agents: readonly Agent[];
  canRun: boolean;
  onRun: (agentId: string) => void;
}

export function AgentsTable({ agents, canRun, onRun }: Props) {
  const columns: Column<Agent>[] = [
    {
      id: "name",
      header: "Agent",
      cell: (agent) => (
        <div className="flex min-w-0 items-center gap-2.5">
          <AgentIcon icon={agent.icon} seed={agent.id} size="sm" />
          <Link
            to="/agents/$agentId"
            params={{ agentId: agent.id }}
            data-row-action
            className="truncate rounded font-medium text-fg hover:underline"
          >
            {agent.name}
          </Link>
        </div>
      ),
    },
    { id: "status", header: "Status", cell: (agent) => <StatusBadge status={agent.status} /> },
    { id: "category", header: "Category", hideBelow: "md", cell: (agent) => categoryLabel(agent.category) },
    {
      id: "model",
      header: "Model",
      hideBelow: "lg",
      cell: (agent) => agent.config.model.name ?? <span className="text-faint">default</span>,
    },
    { id: "tools", header: "Tools", align: "end", hideBelow: "lg", cell: (agent) => agent.config.tools.length },
    { id: "version", header: "Version", align: "end", hideBelow: "lg", cell: (agent) => agent.version },
    { id: "activity", header: "Last activity", hideBelow: "sm", cell: (agent) => <RelativeTime at={agent.last_activity} /> },
    {
      id: "run",
      header: <span className="sr-only">Run</span>,
      align: "end",
      cell: (agent) =>
        canRun && <IconButton size="sm" label={`Run ${agent.name}`} icon={Play} onClick={() => onRun(agent.id)} />,
    },
  ];
  return (
    <Card>
      <DataTable label="Agents" rows={agents} rowKey={(agent) => agent.id} columns={columns} />
    </Card>
  );
}
