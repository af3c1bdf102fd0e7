import { useQuery } from "@tanstack/react-query";
import { useNavigate, useRouter } from "@tanstack/react-router";
import { Command } from "cmdk";
import {
  Bot,
  CalendarClock,
  Clock,
  CornerDownLeft,
  Keyboard,
  LogOut,
  type LucideIcon,
  Moon,
  Pause,
  Play,
  Plus,
  Search,
  Sun,
  UsersRound,
  Workflow,
  Wrench,
} from "lucide-react";
import { Dialog } from "radix-ui";
import { type ReactNode, useDeferredValue, useState } from "react";
import { useLive } from "@/api/live";
import { useCan } from "@/api/session";
import { Kbd } from "@/components/ui/kbd";
import { chooseTheme } from "@/lib/theme";
import { NAVIGATION, SETTINGS } from "./navigation";
import { foundAgents, foundSchedules, foundTeams, foundTools, foundWorkflows, objectsOfId, uuidIn } from "./palette-search";
import { recentObjects } from "./recent";
import { useSignOut } from "./user-menu";

interface Props {
  onClose: () => void;
  onHelp: () => void;
}

/** Jump to anything by name or by id, and do the common things, without leaving the keyboard. */
export default function Palette({ onClose, onHelp }: Props) {
  const [text, setText] = useState("");
  const router = useRouter();
  const go = (to: string) => {
    onClose();
    router.history.push(to);
  };
  return (
    <Dialog.Root open onOpenChange={onClose}>
      <Dialog.Portal>
        <Dialog.Overlay className="fixed inset-0 z-40 animate-fade-in bg-overlay" />
        <Dialog.Content
          aria-describedby={undefined}
          className="fixed inset-x-2 top-[12dvh] z-40 mx-auto max-w-xl animate-pop overflow-hidden rounded-xl border border-line bg-raised shadow-pop"
        >
          <Dialog.Title className="sr-only">Search and commands</Dialog.Title>
          <Command loop label="Search and commands">
            <div className="flex items-center gap-2.5 border-line border-b px-3.5">
              <Search aria-hidden className="size-4 shrink-0 text-faint" />
              <Command.Input
                value={text}
                onValueChange={setText}
                placeholder="Search, or paste an id…"
                className="h-12 min-w-0 flex-1 bg-transparent text-base text-fg outline-none placeholder:text-faint"
              />
              <Kbd>Esc</Kbd>
            </div>
            <Command.List className="max-h-[60dvh] overflow-y-auto p-1.5">
              <Command.Empty className="px-3 py-8 text-center text-muted text-sm">No results.</Command.Empty>
              <PastedId text={text} go={go} />
              {text === "" && <Recent go={go} />}
              <Places go={go} />
              <Objects text={text} go={go} />
              <Actions onClose={onClose} onHelp={onHelp} go={go} />
            </Command.List>
          </Command>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

type Go = (to: string) => void;

function Group({ heading, children }: { heading: string; children: ReactNode }) {
  return (
    <Command.Group
      heading={heading}
      className="[&_[cmdk-group-heading]]:px-2 [&_[cmdk-group-heading]]:pt-2 [&_[cmdk-group-heading]]:pb-1 [&_[cmdk-group-heading]]:font-medium [&_[cmdk-group-heading]]:text-2xs [&_[cmdk-group-heading]]:text-faint"
    >
      {children}
    </Command.Group>
  );
}

interface ItemProps {
  icon: LucideIcon;
  value: string;
  onSelect: () => void;
  hint?: string;
  shortcut?: string;
  children: ReactNode;
}

function Item({ icon: Icon, value, onSelect, hint, shortcut, children }: ItemProps) {
  return (
    <Command.Item
      value={value}
      onSelect={onSelect}
      className="flex min-h-9 cursor-pointer items-center gap-2.5 rounded-md px-2 py-1 text-fg text-sm aria-selected:bg-hover"
    >
      <Icon aria-hidden className="size-4 shrink-0 text-faint" />
      <span className="min-w-0 flex-1 truncate">{children}</span>
      {hint && <span className="max-w-48 truncate text-faint text-xs">{hint}</span>}
      {shortcut && <Kbd>{shortcut}</Kbd>}
    </Command.Item>
  );
}

/** A pasted id opens whatever has it: a run, an agent, a conversation, a tool. */
function PastedId({ text, go }: { text: string; go: Go }) {
  const id = uuidIn(text);
  const found = useQuery({ ...objectsOfId(id ?? ""), enabled: id !== null });
  if (id === null) return null;
  if (found.isPending)
    return <Command.Loading className="px-3 py-2 text-muted text-sm">Looking for this id…</Command.Loading>;
  return (
    <Group heading="With this id">
      {(found.data ?? []).map((object) => (
        <Item
          key={object.to}
          icon={CornerDownLeft}
          value={`${text} ${object.to}`}
          onSelect={() => go(object.to)}
          hint={object.name}
        >
          Open the {object.kind}
        </Item>
      ))}
    </Group>
  );
}

function Recent({ go }: { go: Go }) {
  const [objects] = useState(recentObjects);
  if (objects.length === 0) return null;
  return (
    <Group heading="Recent">
      {objects.map((object) => (
        <Item key={object.to} icon={Clock} value={`recent ${object.name} ${object.to}`} onSelect={() => go(object.to)}>
          {object.name}
        </Item>
      ))}
    </Group>
  );
}

function Places({ go }: { go: Go }) {
  return (
    <Group heading="Go to">
      {[...NAVIGATION, SETTINGS].map((item) => (
        <Item
          key={item.to}
          icon={item.icon}
          value={`go to ${item.label}`}
          onSelect={() => go(item.to)}
          shortcut={`g ${item.key}`}
        >
          {item.label}
        </Item>
      ))}
    </Group>
  );
}

function Objects({ text, go }: { text: string; go: Go }) {
  const can = useCan();
  const wanted = useDeferredValue(text.trim());
  const agents = useQuery(foundAgents(wanted));
  const teams = useQuery(foundTeams(wanted));
  const workflows = useQuery(foundWorkflows(wanted));
  const schedules = useQuery(foundSchedules(wanted));
  const tools = useQuery(foundTools(wanted));
  return (
    <>
      <Group heading="Teams">
        {(teams.data?.items ?? []).map((team) => (
          <Item
            key={team.id}
            icon={UsersRound}
            value={`team ${team.name} ${team.id}`}
            onSelect={() => go(`/teams/${team.id}`)}
            hint={team.description}
          >
            {team.name}
          </Item>
        ))}
      </Group>
      <Group heading="Workflows">
        {(workflows.data?.items ?? []).map((workflow) => (
          <Item
            key={workflow.id}
            icon={Workflow}
            value={`workflow ${workflow.name} ${workflow.id}`}
            onSelect={() => go(`/workflows/${workflow.id}`)}
            hint={workflow.description}
          >
            {workflow.name}
          </Item>
        ))}
      </Group>
      <Group heading="Schedules">
        {(schedules.data?.items ?? []).map((schedule) => (
          <Item
            key={schedule.id}
            icon={CalendarClock}
            value={`schedule ${schedule.name} ${schedule.id}`}
            onSelect={() => go(`/schedules/${schedule.id}`)}
            hint={schedule.summary}
          >
            {schedule.name}
          </Item>
        ))}
      </Group>
      <Group heading="Agents">
        {(agents.data?.items ?? []).map((agent) => (
          <Item
            key={agent.id}
            icon={Bot}
            value={`agent ${agent.name} ${agent.id}`}
            onSelect={() => go(`/agents/${agent.id}`)}
            hint={agent.description}
          >
            {agent.name}
          </Item>
        ))}
        {can("runs:write") &&
          (agents.data?.items ?? []).map((agent) => (
            <Item
              key={agent.id}
              icon={Play}
              value={`run ${agent.name} ${agent.id}`}
              onSelect={() => go(`/agents?run=${agent.id}`)}
            >
              Run {agent.name}…
            </Item>
          ))}
      </Group>
      <Group heading="Tools">
        {(tools.data?.items ?? []).map((tool) => (
          <Item
            key={tool.id}
            icon={Wrench}
            value={`tool ${tool.name} ${tool.id}`}
            onSelect={() => go(`/tools?tool=${tool.id}`)}
            hint={tool.description}
          >
            {tool.name}
          </Item>
        ))}
      </Group>
    </>
  );
}

function Actions({ onClose, onHelp, go }: Props & { go: Go }) {
  const can = useCan();
  const live = useLive();
  const navigate = useNavigate();
  const signOut = useSignOut();
  const after = (action: () => void) => () => {
    onClose();
    action();
  };
  return (
    <Group heading="Actions">
      {can("agents:write") && (
        <Item icon={Plus} value="new agent create" onSelect={() => go("/agents/new")}>
          New agent
        </Item>
      )}
      {can("tools:write") && (
        <Item icon={Plus} value="new tool create" onSelect={() => go("/tools?new=api")}>
          New tool
        </Item>
      )}
      <Item icon={Pause} value="live pause hold still" onSelect={after(live.toggle)} shortcut=".">
        {live.state.kind === "paused" ? "Resume live updates" : "Pause live updates"}
      </Item>
      <Item icon={Sun} value="theme light" onSelect={after(() => chooseTheme("light"))}>
        Light theme
      </Item>
      <Item icon={Moon} value="theme dark" onSelect={after(() => chooseTheme("dark"))}>
        Dark theme
      </Item>
      <Item icon={Sun} value="theme system" onSelect={after(() => chooseTheme("system"))}>
        System theme
      </Item>
      <Item icon={Keyboard} value="keys shortcuts help" onSelect={after(onHelp)} shortcut="?">
        Keys
      </Item>
      <Item icon={LogOut} value="sign out" onSelect={after(() => void signOut().then(() => navigate({ to: "/sign-in" })))}>
        Sign out
      </Item>
    </Group>
  );
}
