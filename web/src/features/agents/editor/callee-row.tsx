import { SlidersHorizontal, Trash2, UsersRound } from "lucide-react";
import { useId, useState } from "react";
import type { AgentCallee } from "@/api/types";
import { AgentIcon } from "@/components/agent-icon";
import { Badge } from "@/components/ui/badge";
import { IconButton } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { NumberField } from "@/components/ui/number-field";
import { Switch } from "@/components/ui/switch";

export interface CalleeTarget {
  readonly id: string;
  readonly name: string;
  readonly icon: string;
  readonly description: string;
  readonly status: string | null;
}

interface Props {
  readonly use: AgentCallee;
  /** Undefined while the agents are being read, and when there is none. */
  readonly target: CalleeTarget | undefined;
  readonly isLoaded: boolean;
  readonly isReadOnly: boolean;
  readonly problemOf: (field: string) => string | undefined;
  readonly onChange: (use: AgentCallee) => void;
  readonly onRemove: () => void;
}

export function CalleeRow({ use, target, isLoaded, isReadOnly, problemOf, onChange, onRemove }: Props) {
  const id = useId();
  const [isOpen, setIsOpen] = useState(false);
  const title = target?.name ?? use.name;
  const problem = problemOf("") ?? problemOf("agent_id") ?? problemOf("team_id");
  return (
    <li aria-label={title} className="flex flex-col gap-2 px-4 py-3">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-2">
        <span className="flex min-w-0 flex-1 basis-40 items-center gap-2">
          {use.team_id === null ? (
            <AgentIcon icon={target?.icon ?? "bot"} seed={use.agent_id ?? use.name} size="sm" />
          ) : (
            <span className="inline-flex size-7 shrink-0 items-center justify-center rounded-lg bg-sunken text-muted">
              <UsersRound aria-hidden className="size-4" />
            </span>
          )}
          <span className="truncate font-medium text-fg text-sm">{title}</span>
          {use.team_id !== null && <Badge>Team</Badge>}
          {(target?.status === "inactive" || target?.status === "paused") && <Badge tone="warning">{target.status}</Badge>}
          {isLoaded && !target && <Badge tone="danger">missing</Badge>}
        </span>
        <span className="flex shrink-0 items-center gap-2">
          <label htmlFor={id} className="text-muted text-xs">
            Require approval
          </label>
          <Switch
            id={id}
            checked={use.requires_approval}
            disabled={isReadOnly}
            onChange={(requires_approval) =>
              onChange({ ...use, requires_approval, approval: requires_approval ? use.approval : null })
            }
          />
          <IconButton
            size="sm"
            label={`Limits of ${title}`}
            icon={SlidersHorizontal}
            aria-expanded={isOpen}
            onClick={() => setIsOpen(!isOpen)}
          />
          {!isReadOnly && <IconButton size="sm" label={`Remove ${title}`} icon={Trash2} onClick={onRemove} />}
        </span>
      </div>
      <div className="grid gap-3 sm:grid-cols-[14rem_1fr]">
        <Field label="Tool name" error={problemOf("name")}>
          {(control) => (
            <Input
              {...control}
              className="font-mono text-xs"
              autoComplete="off"
              spellCheck={false}
              maxLength={64}
              disabled={isReadOnly}
              value={use.name}
              onChange={(event) => onChange({ ...use, name: event.target.value })}
            />
          )}
        </Field>
        <Field label="When to call it" error={problemOf("description")}>
          {(control) => (
            <Input
              {...control}
              maxLength={4000}
              disabled={isReadOnly}
              placeholder={target?.description || "The model reads this."}
              value={use.description}
              onChange={(event) => onChange({ ...use, description: event.target.value })}
            />
          )}
        </Field>
      </div>
      {problem && <p className="text-danger text-xs">{problem}</p>}
      {isOpen && <Limits use={use} isReadOnly={isReadOnly} onChange={onChange} />}
    </li>
  );
}

const LIMITS = [
  { name: "timeout_seconds", label: "Time-out", unit: "s", min: 1, max: 86_400, step: 1 },
  { name: "max_cost_usd", label: "Maximum cost", unit: "USD", min: 0, step: "any" },
  { name: "max_steps", label: "Maximum steps", min: 1, max: 1000, step: 1 },
] as const;

function Limits({ use, isReadOnly, onChange }: Pick<Props, "use" | "isReadOnly" | "onChange">) {
  const set = (part: Partial<AgentCallee["limits"]>) => onChange({ ...use, limits: { ...use.limits, ...part } });
  return (
    <div className="grid grid-cols-2 gap-3 rounded-lg bg-sunken p-3 sm:grid-cols-4">
      {LIMITS.map(({ name, ...rest }) => (
        <NumberField
          key={name}
          {...rest}
          disabled={isReadOnly}
          value={use.limits[name] ?? null}
          placeholder="Its own"
          onChange={(value) => set({ [name]: value })}
        />
      ))}
      <NumberField
        label="Retries"
        min={0}
        max={5}
        step={1}
        disabled={isReadOnly}
        value={use.limits.retries}
        onChange={(value) => set({ retries: value ?? 0 })}
      />
    </div>
  );
}
