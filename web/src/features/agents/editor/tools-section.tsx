import { useQuery } from "@tanstack/react-query";
import { Plus, TriangleAlert, Wrench } from "lucide-react";
import { useState } from "react";
import type { AgentTool, Tool } from "@/api/types";
import { Button } from "@/components/ui/button";
import { Section } from "@/components/ui/card";
import { toolChoices } from "../tool-choices";
import type { SectionProps } from "./section-props";
import { ToolPicker } from "./tool-picker";
import { ToolRow } from "./tool-row";

export function ToolsSection({ draft, isReadOnly, problemOf }: SectionProps) {
  const tools = useQuery(toolChoices);
  const [isPicking, setIsPicking] = useState(false);
  const chosen = draft.definition.config.tools;
  const set = (next: AgentTool[]) => draft.setConfig({ tools: next });
  const known = new Map<string, Tool>((tools.data?.items ?? []).map((tool) => [tool.name, tool]));
  const error = problemOf("config.tools");
  return (
    <Section
      id="tools"
      title="Tools"
      description="Tools that the agent may call."
      flush={chosen.length > 0}
      actions={
        !isReadOnly && (
          <Button size="sm" icon={Plus} onClick={() => setIsPicking(true)}>
            Add tools
          </Button>
        )
      }
    >
      {chosen.length === 0 && (
        <p className="flex items-center gap-2 text-muted text-sm">
          <Wrench aria-hidden className="size-4 text-faint" /> No tools. The agent answers with its model only.
        </p>
      )}
      <ul className="divide-y divide-line">
        {chosen.map((use, index) => (
          <ToolRow
            key={use.name}
            use={use}
            tool={known.get(use.name)}
            isLoaded={tools.isSuccess}
            isReadOnly={isReadOnly}
            error={problemOf(`config.tools.${index}.settings`) ?? problemOf(`config.tools.${index}.name`)}
            onChange={(changed) => set(chosen.map((each) => (each.name === use.name ? changed : each)))}
            onRemove={() => set(chosen.filter((each) => each.name !== use.name))}
          />
        ))}
      </ul>
      {error && (
        <p className="flex items-center gap-1.5 px-4 py-2 text-danger text-xs">
          <TriangleAlert aria-hidden className="size-3.5" /> {error}
        </p>
      )}
      {isPicking && <ToolPicker chosen={chosen} onClose={() => setIsPicking(false)} onChange={set} />}
    </Section>
  );
}
