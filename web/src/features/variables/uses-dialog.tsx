import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { OrganizationVariable } from "@/api/types";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Loaded } from "@/components/ui/page-states";
import { variableUses } from "./api";

interface Props {
  readonly variable: OrganizationVariable;
  readonly onClose: () => void;
}

/** The agents and tools that use a variable. */
export function UsesDialog({ variable, onClose }: Props) {
  const uses = useQuery(variableUses(variable.id));
  return (
    <Dialog
      open
      onOpenChange={onClose}
      size="sm"
      title={`Used by: ${variable.name}`}
      footer={<Button onClick={onClose}>Close</Button>}
    >
      <Loaded query={uses}>
        {({ agents, tools }) =>
          agents.length + tools.length === 0 ? (
            <p className="text-muted text-sm">No agent and no tool uses this variable.</p>
          ) : (
            <ul className="flex flex-col gap-1 text-sm">
              {agents.map((agent) => (
                <li key={agent.id}>
                  <Link to="/agents/$agentId" params={{ agentId: agent.id }} className="text-fg hover:underline">
                    {agent.name}
                  </Link>
                  <span className="text-muted"> agent</span>
                </li>
              ))}
              {tools.map((tool) => (
                <li key={tool.id}>
                  <Link to="/tools" search={{ tool: tool.id }} className="text-fg hover:underline">
                    {tool.name}
                  </Link>
                  <span className="text-muted"> tool</span>
                </li>
              ))}
            </ul>
          )
        }
      </Loaded>
    </Dialog>
  );
}
