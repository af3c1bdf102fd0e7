import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Bot, ChevronDown, UsersRound, Workflow } from "lucide-react";
import { Fragment, useEffect, useRef } from "react";
import { Button } from "@/components/ui/button";
import { Menu, MenuItem, MenuLabel, MenuSeparator } from "@/components/ui/menu";
import { agents, chatTeams, chatWorkflows, isChattable } from "./api";
import { type Partner, type PartnerSearch, searchOf } from "./partner";

const ICONS = { agent: Bot, team: UsersRound, workflow: Workflow };

interface Props {
  readonly partner: Partner;
  readonly canSwitch: boolean;
  readonly onChoose: (partner: PartnerSearch) => void;
}

/** With whom you chat; Ctrl and / opens it. */
export function PartnerSwitch({ partner, canSwitch, onChoose }: Props) {
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
  const Icon = ICONS[partner.kind];
  if (!canSwitch) return <span className="text-muted text-sm">{partner.name}</span>;
  return (
    <Menu
      trigger={
        <Button ref={trigger} variant="ghost" aria-label={`Chat with ${partner.name}. Change agent, team or workflow`}>
          <Icon aria-hidden="true" className="size-3.5" />
          <span className="max-w-48 truncate max-sm:max-w-28">{partner.name}</span>
          <ChevronDown aria-hidden="true" className="size-3.5" />
        </Button>
      }
    >
      <Choices partner={partner} onChoose={onChoose} />
      <MenuSeparator />
      <MenuItem asChild>
        <Page partner={partner} />
      </MenuItem>
    </Menu>
  );
}

function Choices({ partner, onChoose }: Pick<Props, "partner" | "onChoose">) {
  const chattable = useQuery(agents()).data?.filter(isChattable) ?? [];
  const teams = useQuery(chatTeams()).data ?? [];
  const workflows = useQuery(chatWorkflows()).data ?? [];
  const groups = [
    { kind: "agent", label: "Agents", items: chattable },
    { kind: "team", label: "Teams", items: teams },
    { kind: "workflow", label: "Workflows", items: workflows },
  ] as const;
  return groups
    .filter(({ items }) => items.length > 0)
    .map(({ kind, label, items }) => (
      <Fragment key={kind}>
        <MenuLabel>{label}</MenuLabel>
        {items.map(({ id, name }) => (
          <MenuItem
            key={id}
            checked={id === partner.id}
            onSelect={() => onChoose(searchOf({ kind, id, name, description: "" }))}
          >
            {name}
          </MenuItem>
        ))}
      </Fragment>
    ));
}

function Page({ partner, ...props }: { readonly partner: Partner }) {
  const { kind, id, name } = partner;
  const text = `Open ${name}`;
  if (kind === "team") {
    return (
      <Link to="/teams/$teamId" params={{ teamId: id }} {...props}>
        {text}
      </Link>
    );
  }
  if (kind === "workflow") {
    return (
      <Link to="/workflows/$workflowId" params={{ workflowId: id }} {...props}>
        {text}
      </Link>
    );
  }
  return (
    <Link to="/agents/$agentId" params={{ agentId: id }} {...props}>
      {text}
    </Link>
  );
}
