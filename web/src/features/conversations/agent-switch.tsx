import { useQuery } from "@tanstack/react-query";
import { Bot, ChevronDown } from "lucide-react";
import { useEffect, useRef } from "react";
import type { Agent } from "@/api/types";
import { Button } from "@/components/ui/button";
import { Menu, MenuItem, MenuLabel } from "@/components/ui/menu";
import { agents, isChattable } from "./api";

interface Props {
  readonly agent: Agent | undefined;
  readonly label: string;
  readonly canSwitch: boolean;
  readonly onChoose: (agentId: string) => void;
}

/** With whom one talks; Ctrl and / opens it. */
export function AgentSwitch({ agent, label, canSwitch, onChoose }: Props) {
  const list = useQuery(agents());
  const trigger = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.key !== "/" || !(event.ctrlKey || event.metaKey)) return;
      event.preventDefault();
      // The menu opens on pointer-down and on Enter; Enter is the one that a script may send.
      trigger.current?.focus();
      trigger.current?.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true }));
    };
    document.addEventListener("keydown", onKeyDown);
    return () => document.removeEventListener("keydown", onKeyDown);
  }, []);
  if (!canSwitch) return <span className="text-muted text-sm">{label}</span>;
  return (
    <Menu
      trigger={
        <Button ref={trigger} variant="ghost" aria-label={`Agent: ${label}. Change agent`}>
          <Bot aria-hidden="true" className="size-3.5" />
          <span className="max-w-48 truncate">{label}</span>
          <ChevronDown aria-hidden="true" className="size-3.5" />
        </Button>
      }
    >
      <MenuLabel>Agent</MenuLabel>
      {list.data?.filter(isChattable).map((one) => (
        <MenuItem key={one.id} checked={one.id === agent?.id} onSelect={() => onChoose(one.id)}>
          {one.name}
        </MenuItem>
      ))}
    </Menu>
  );
}
