import { useQueries, useQuery } from "@tanstack/react-query";
import { useNavigate, useRouter } from "@tanstack/react-router";
import { Command } from "cmdk";
import {
  BellRing,
  Bot,
  Braces,
  CalendarClock,
  Clock,
  CornerDownLeft,
  Keyboard,
  KeyRound,
  LogOut,
  type LucideIcon,
  MessagesSquare,
  Moon,
  Pause,
  Play,
  Plug,
  Plus,
  Rocket,
  Search,
  Sun,
  Users,
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
import { found, KINDS, objectsOfId, uuidIn } from "./palette-search";
import { recentObjects } from "./recent";
import { useSettingsPlaces } from "./settings-places";
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
  hint?: string | null | undefined;
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
  const places = useSettingsPlaces();
  return (
    <Group heading="Go to">
      {[...NAVIGATION, SETTINGS].map((item) => (
        <Item
          key={item.to}
          icon={item.icon}
          value={`go to ${item.label} ${item.group ?? ""}`}
          onSelect={() => go(item.to)}
          hint={item.group}
          shortcut={`g ${item.key}`}
        >
          {item.label}
        </Item>
      ))}
      {places.map((place) => (
        <Item
          key={`place ${place.to}`}
          icon={place.icon}
          value={`settings go to ${place.label}`}
          onSelect={() => go(place.to)}
          hint="Settings"
        >
          {place.label}
        </Item>
      ))}
    </Group>
  );
}

const ICONS: Record<string, LucideIcon> = {
  Agents: Bot,
  Teams: UsersRound,
  Workflows: Workflow,
  Tools: Wrench,
  Schedules: CalendarClock,
  Conversations: MessagesSquare,
  Runs: Play,
  "Alert rules": BellRing,
  Deployments: Rocket,
  Members: Users,
  Models: Plug,
  Variables: Braces,
  "API keys": KeyRound,
};

function Objects({ text, go }: { text: string; go: Go }) {
  const can = useCan();
  const wanted = useDeferredValue(text.trim());
  const kinds = KINDS.filter((kind) => can(kind.permission));
  const answers = useQueries({ queries: kinds.map((kind) => found(kind, wanted)) });
  return (
    <>
      {kinds.map((kind, index) => (
        <Group key={kind.heading} heading={kind.heading}>
          {(answers[index]?.data ?? []).map((object) => (
            <Item
              key={object.id}
              icon={ICONS[kind.heading] ?? Search}
              value={`${kind.word} ${object.name} ${object.id}`}
              onSelect={() => go(object.to)}
              hint={object.hint}
            >
              {object.name}
            </Item>
          ))}
          {kind.word === "agent" &&
            can("runs:write") &&
            (answers[index]?.data ?? []).map((agent) => (
              <Item
                key={`run ${agent.id}`}
                icon={Play}
                value={`run ${agent.name} ${agent.id}`}
                onSelect={() => go(`/agents?run=${agent.id}`)}
              >
                Run {agent.name}…
              </Item>
            ))}
        </Group>
      ))}
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
      {can("teams:write") && (
        <Item icon={Plus} value="new team create" onSelect={() => go("/teams/new")}>
          New team
        </Item>
      )}
      {can("workflows:write") && (
        <Item icon={Plus} value="new workflow create" onSelect={() => go("/workflows/new")}>
          New workflow
        </Item>
      )}
      {can("schedules:write") && (
        <Item icon={Plus} value="new schedule create" onSelect={() => go("/schedules/new")}>
          New schedule
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
        Keyboard shortcuts
      </Item>
      <Item icon={LogOut} value="sign out" onSelect={after(() => void signOut().then(() => navigate({ to: "/sign-in" })))}>
        Sign out
      </Item>
    </Group>
  );
}
