import { useQuery } from "@tanstack/react-query";
import { SearchX } from "lucide-react";
import { useState } from "react";
import type { AgentTool, Tool } from "@/api/types";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { EmptyState } from "@/components/ui/empty-state";
import { Input } from "@/components/ui/input";
import { Loaded } from "@/components/ui/page-states";
import { toolChoices } from "../tool-choices";

interface Props {
  chosen: readonly AgentTool[];
  onChange: (tools: AgentTool[]) => void;
  onClose: () => void;
}

/** All tools of the organization and the built-in ones, to choose from. A tool that changes things asks first, until one says otherwise. */
export function ToolPicker({ chosen, onChange, onClose }: Props) {
  const tools = useQuery(toolChoices);
  const [text, setText] = useState("");
  const names = new Set(chosen.map((use) => use.name));

  function toggle(tool: Tool): void {
    const use = { name: tool.name, requires_approval: tool.effect === "dangerous", approval: null, settings: {} };
    onChange(names.has(tool.name) ? chosen.filter((each) => each.name !== tool.name) : [...chosen, use]);
  }

  return (
    <Dialog
      open
      onOpenChange={onClose}
      title="Tools"
      footer={
        <Button variant="primary" onClick={onClose}>
          Done
        </Button>
      }
    >
      <Input
        aria-label="Find a tool"
        placeholder="Find a tool"
        value={text}
        onChange={(event) => setText(event.target.value)}
        className="mt-0.5 mb-3"
      />
      <Loaded query={tools}>
        {({ items }) => {
          const shown = items.filter((tool) =>
            `${tool.name} ${tool.description}`.toLowerCase().includes(text.toLowerCase()),
          );
          if (shown.length === 0) return <EmptyState icon={SearchX} title="No tool matches" />;
          return (
            <ul className="flex flex-col gap-1">
              {shown.map((tool) => (
                <li key={tool.id}>
                  <Choice tool={tool} isChosen={names.has(tool.name)} onToggle={() => toggle(tool)} />
                </li>
              ))}
            </ul>
          );
        }}
      </Loaded>
    </Dialog>
  );
}

function Choice({ tool, isChosen, onToggle }: { tool: Tool; isChosen: boolean; onToggle: () => void }) {
  return (
    <label className="flex cursor-pointer items-start gap-3 rounded-lg border border-transparent px-2.5 py-2 hover:bg-hover has-checked:border-line has-checked:bg-selected">
      <input
        type="checkbox"
        checked={isChosen}
        disabled={!tool.is_active && !isChosen}
        onChange={onToggle}
        className="mt-1 size-3.5 accent-accent"
      />
      <span className="min-w-0 flex-1">
        <span className="flex flex-wrap items-center gap-1.5 font-medium text-fg">
          <code className="text-xs">{tool.name}</code>
          {tool.organization_id === null && <Badge>built in</Badge>}
          {tool.effect === "dangerous" && <Badge tone="warning">not read-only</Badge>}
          {!tool.is_active && <Badge tone="danger">disabled</Badge>}
          {tool.allowed_for.length > 0 && <Badge tone="warning">only for some</Badge>}
        </span>
        <span className="line-clamp-2 block text-muted text-xs">{tool.description}</span>
      </span>
    </label>
  );
}
