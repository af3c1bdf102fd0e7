import { useQuery } from "@tanstack/react-query";
import { ArrowDown, ArrowUp, GripVertical, SlidersHorizontal, Trash2, UsersRound } from "lucide-react";
import { type DragEvent, type KeyboardEvent, useRef, useState } from "react";
import { AgentIcon } from "@/components/agent-icon";
import { Badge } from "@/components/ui/badge";
import { IconButton } from "@/components/ui/button";
import { Input } from "@/components/ui/input";
import { NumberField } from "@/components/ui/number-field";
import { Select } from "@/components/ui/select";
import { cx } from "@/lib/cx";
import { candidates } from "./api";
import { type DraftMember, moved } from "./team-draft";

interface Props {
  teamId: string;
  members: readonly DraftMember[];
  onChange: (members: DraftMember[]) => void;
  isReadOnly: boolean;
  problemOf: (field: string) => string | undefined;
}

/** The members in their order. They are moved by dragging, by the arrow buttons, or with Alt and an arrow key. */
export function Roster({ teamId, members, onChange, isReadOnly, problemOf }: Props) {
  const [dragged, setDragged] = useState<number | null>(null);
  const [told, setTold] = useState("");
  const list = useRef<HTMLOListElement>(null);

  function move(from: number, to: number): void {
    if (to < 0 || to >= members.length || from === to) return;
    onChange(moved(members, from, to));
    setTold(`${members[from]?.name} is number ${to + 1} of ${members.length}.`);
    requestAnimationFrame(() => list.current?.querySelectorAll<HTMLElement>("[data-member]")[to]?.focus());
  }
  function onKeyDown(event: KeyboardEvent, index: number): void {
    if (!event.altKey || isReadOnly) return;
    const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    move(index, index + step);
  }
  function onDrop(event: DragEvent, index: number): void {
    event.preventDefault();
    if (dragged !== null) move(dragged, index);
    setDragged(null);
  }
  return (
    <div>
      <ol ref={list} aria-label="Members" className="divide-y divide-line">
        {members.map((member, index) => (
          <li
            key={member.key}
            draggable={!isReadOnly}
            onDragStart={(event) => {
              event.dataTransfer.effectAllowed = "move";
              setDragged(index);
            }}
            onDragOver={(event) => event.preventDefault()}
            onDrop={(event) => onDrop(event, index)}
            onDragEnd={() => setDragged(null)}
            className={cx("px-4 py-2.5", dragged === index && "opacity-50")}
          >
            <Row
              member={member}
              place={[index, members.length]}
              isReadOnly={isReadOnly}
              problem={
                problemOf(`members.${index}`) ??
                problemOf(`members.${index}.team_id`) ??
                problemOf(`members.${index}.agent_id`)
              }
              onKeyDown={(event) => onKeyDown(event, index)}
              onMove={(step) => move(index, index + step)}
              onChange={(next) => onChange(members.map((each, at) => (at === index ? next : each)))}
              onRemove={() => onChange(members.filter((_, at) => at !== index))}
            />
          </li>
        ))}
      </ol>
      {members.length === 0 && (
        <p className="px-4 py-6 text-center text-muted text-sm">No members yet. Add an agent below.</p>
      )}
      <p aria-live="polite" className="sr-only">
        {told}
      </p>
      {!isReadOnly && <Add teamId={teamId} members={members} onAdd={(member) => onChange([...members, member])} />}
    </div>
  );
}

interface RowProps {
  member: DraftMember;
  place: readonly [number, number];
  isReadOnly: boolean;
  problem: string | undefined;
  onKeyDown: (event: KeyboardEvent) => void;
  onMove: (step: number) => void;
  onChange: (member: DraftMember) => void;
  onRemove: () => void;
}

function Row({ member, place, isReadOnly, problem, onKeyDown, onMove, onChange, onRemove }: RowProps) {
  const [isOpen, setIsOpen] = useState(false);
  const [index, count] = place;
  const isStopped = member.status === "inactive" || member.status === "paused";
  return (
    <div className="flex flex-col gap-2">
      <div className="flex flex-wrap items-center gap-x-2.5 gap-y-2">
        {/* biome-ignore lint/a11y/useSemanticElements: a line of the list, no fieldset; Alt and an arrow key move it */}
        <span
          data-member
          tabIndex={isReadOnly ? -1 : 0}
          role="group"
          aria-label={`${member.name}, number ${index + 1} of ${count}. Alt and an arrow key move it.`}
          onKeyDown={onKeyDown}
          className="flex min-w-0 flex-1 basis-40 items-center gap-2 rounded"
        >
          {!isReadOnly && <GripVertical aria-hidden className="size-4 shrink-0 cursor-grab text-faint" />}
          {member.team_id ? (
            <span className="inline-flex size-7 shrink-0 items-center justify-center rounded-lg bg-sunken text-muted">
              <UsersRound aria-hidden className="size-4" />
            </span>
          ) : (
            <AgentIcon icon={member.icon} seed={member.agent_id ?? member.key} size="sm" />
          )}
          <span className="truncate font-medium text-fg text-sm">{member.name}</span>
          {member.team_id && <Badge>Team</Badge>}
          {isStopped && <Badge tone="warning">{member.status}</Badge>}
        </span>
        {!isReadOnly && (
          <span className="flex">
            <IconButton
              size="sm"
              label={`Move ${member.name} up`}
              icon={ArrowUp}
              disabled={index === 0}
              onClick={() => onMove(-1)}
            />
            <IconButton
              size="sm"
              label={`Move ${member.name} down`}
              icon={ArrowDown}
              disabled={index === count - 1}
              onClick={() => onMove(1)}
            />
            <IconButton
              size="sm"
              label={`Limits of ${member.name}`}
              icon={SlidersHorizontal}
              aria-expanded={isOpen}
              onClick={() => setIsOpen(!isOpen)}
            />
            <IconButton size="sm" label={`Take ${member.name} out`} icon={Trash2} onClick={onRemove} />
          </span>
        )}
      </div>
      <Input
        aria-label={`Role of ${member.name}`}
        placeholder="Role in this team; the leader reads it"
        maxLength={2000}
        value={member.role}
        disabled={isReadOnly}
        onChange={(event) => onChange({ ...member, role: event.target.value })}
      />
      {problem && <p className="text-danger text-xs">{problem}</p>}
      {isOpen && <Limits member={member} onChange={onChange} />}
    </div>
  );
}

const LIMITS = [
  { name: "timeout_seconds", label: "Longest run", unit: "s", min: 1, max: 86_400, step: 1 },
  { name: "max_cost_usd", label: "Most cost", unit: "USD", min: 0, step: "any" },
  { name: "max_steps", label: "Most steps", min: 1, max: 1000, step: 1 },
] as const;

function Limits({ member, onChange }: { member: DraftMember; onChange: (member: DraftMember) => void }) {
  const set = (part: Partial<DraftMember["config"]>) => onChange({ ...member, config: { ...member.config, ...part } });
  return (
    <div className="grid grid-cols-2 gap-3 rounded-lg bg-sunken p-3 sm:grid-cols-4">
      {LIMITS.map(({ name, ...rest }) => (
        <NumberField
          key={name}
          {...rest}
          value={member.config[name] ?? null}
          placeholder="its own"
          onChange={(value) => set({ [name]: value })}
        />
      ))}
      <NumberField
        label="Retries"
        min={0}
        max={5}
        step={1}
        value={member.config.retries ?? 0}
        onChange={(value) => set({ retries: value ?? 0 })}
      />
    </div>
  );
}

interface AddProps {
  teamId: string;
  members: readonly DraftMember[];
  onAdd: (member: DraftMember) => void;
}

function Add({ teamId, members, onAdd }: AddProps) {
  const found = useQuery(candidates);
  const taken = new Set(members.map((each) => each.agent_id ?? each.team_id));
  const agents = found.data?.agents.filter((each) => !taken.has(each.id)) ?? [];
  const teams = found.data?.teams.filter((each) => each.id !== teamId && !taken.has(each.id)) ?? [];
  function add(id: string): void {
    const agent = agents.find((each) => each.id === id);
    const team = teams.find((each) => each.id === id);
    const target = agent ?? team;
    if (!target) return;
    onAdd({
      key: id,
      agent_id: agent ? id : null,
      team_id: team ? id : null,
      name: target.name,
      icon: target.icon,
      status: agent?.status ?? null,
      role: "",
      config: { retries: 0 },
    });
  }
  return (
    <div className="border-line border-t px-4 py-3">
      <Select aria-label="Add a member" value="" disabled={found.isPending} onChange={(event) => add(event.target.value)}>
        <option value="">Add a member…</option>
        {agents.length > 0 && (
          <optgroup label="Agents">
            {agents.map((each) => (
              <option key={each.id} value={each.id}>
                {each.name}
              </option>
            ))}
          </optgroup>
        )}
        {teams.length > 0 && (
          <optgroup label="Teams">
            {teams.map((each) => (
              <option key={each.id} value={each.id}>
                {each.name}
              </option>
            ))}
          </optgroup>
        )}
      </Select>
    </div>
  );
}
