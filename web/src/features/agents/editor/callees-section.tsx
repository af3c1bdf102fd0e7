import { useQuery } from "@tanstack/react-query";
import { Bot } from "lucide-react";
import type { AgentCallee } from "@/api/types";
import { Section } from "@/components/ui/card";
import { Select } from "@/components/ui/select";
import { calleeChoices } from "../callee-choices";
import { calleeName, newCallee } from "./callee";
import { CalleeRow, type CalleeTarget } from "./callee-row";
import type { SectionProps } from "./section-props";

/** Agents and teams that the agent may call as tools. */
export function CalleesSection({ agentId, draft, isReadOnly, problemOf }: SectionProps & { readonly agentId: string }) {
  const found = useQuery(calleeChoices);
  const chosen = draft.definition.config.agents;
  const keys = chosen.map(keyOf);
  const agents: CalleeTarget[] = (found.data?.agents ?? []).filter((each) => each.id !== agentId);
  const teams: CalleeTarget[] = (found.data?.teams ?? []).map((each) => ({ ...each, status: null }));
  const targets = new Map([...agents, ...teams].map((each) => [each.id, each]));
  const set = (next: AgentCallee[]) => draft.setConfig({ agents: next });
  const taken = new Set([...chosen.map((each) => each.name), ...draft.definition.config.tools.map((each) => each.name)]);
  const add = (id: string) => {
    const target = targets.get(id);
    if (!target) return;
    const isTeam = teams.some((each) => each.id === id);
    set([...chosen, newCallee(isTeam ? { teamId: id } : { agentId: id }, calleeName(target.name, taken))]);
  };
  const isFree = (each: CalleeTarget) => !keys.includes(each.id);
  return (
    <Section
      id="agents"
      title="Agents as tools"
      description="Agents and teams that the agent may give tasks to. Each call is a run of its own."
      flush
    >
      {chosen.length === 0 && (
        <p className="flex items-center gap-2 px-4 py-3 text-muted text-sm">
          <Bot aria-hidden className="size-4 text-faint" /> No agents.
        </p>
      )}
      <ul aria-label="Agents as tools" className="divide-y divide-line">
        {chosen.map((use, index) => (
          <CalleeRow
            key={keyOf(use)}
            use={use}
            target={targets.get(keyOf(use))}
            isLoaded={found.isSuccess}
            isReadOnly={isReadOnly}
            problemOf={(field) => problemOf(`config.agents.${index}${field && `.${field}`}`)}
            onChange={(changed) => set(chosen.map((each, at) => (at === index ? changed : each)))}
            onRemove={() => set(chosen.filter((_, at) => at !== index))}
          />
        ))}
      </ul>
      {!isReadOnly && (
        <div className="border-line border-t px-4 py-3">
          <Select
            aria-label="Add an agent or a team"
            value=""
            disabled={found.isPending}
            onChange={(event) => add(event.target.value)}
          >
            <option value="">Add an agent or a team…</option>
            <Group label="Agents" targets={agents.filter(isFree)} />
            <Group label="Teams" targets={teams.filter(isFree)} />
          </Select>
        </div>
      )}
    </Section>
  );
}

function keyOf(use: AgentCallee): string {
  return use.agent_id ?? use.team_id ?? use.name;
}

function Group({ label, targets }: { readonly label: string; readonly targets: readonly CalleeTarget[] }) {
  if (targets.length === 0) return null;
  return (
    <optgroup label={label}>
      {targets.map((each) => (
        <option key={each.id} value={each.id}>
          {each.name}
        </option>
      ))}
    </optgroup>
  );
}
