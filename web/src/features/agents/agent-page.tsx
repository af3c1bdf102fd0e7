import { useQuery } from "@tanstack/react-query";
import { Loaded } from "@/components/ui/page-states";
import { agentQuery } from "./api";
import { AgentEditor, type AgentEditorProps } from "./editor/agent-editor";

export function AgentPage({ agentId, ...rest }: { agentId: string } & Omit<AgentEditorProps, "agent">) {
  const agent = useQuery({ ...agentQuery(agentId), meta: { live: ["agent"] } });
  return <Loaded query={agent}>{(data) => <AgentEditor key={data.id} agent={data} {...rest} />}</Loaded>;
}
