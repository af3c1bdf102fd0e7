import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { SearchX } from "lucide-react";
import { useState } from "react";
import type { AllowedCaller, Tool } from "@/api/types";
import { Button } from "@/components/ui/button";
import { Checkbox } from "@/components/ui/checkbox";
import { Dialog } from "@/components/ui/dialog";
import { EmptyState } from "@/components/ui/empty-state";
import { ErrorNotice } from "@/components/ui/notice";
import { Loaded } from "@/components/ui/page-states";
import { Pill } from "@/components/ui/pill";
import { SearchBox } from "@/components/ui/search-box";
import { useUpdateTool } from "./api";
import { callerChoices } from "./kind-api";

const TYPES = [
  { value: "agent", label: "Agents" },
  { value: "team", label: "Teams" },
  { value: "workflow", label: "Workflows" },
] as const;

interface Props {
  readonly tool: Tool;
  readonly onClose: () => void;
}

/** Chooses who alone may use a tool; with none chosen, everyone may. */
export function CallersDialog({ tool, onClose }: Props) {
  const [chosen, setChosen] = useState<readonly AllowedCaller[]>(tool.allowed_for);
  const [type, setType] = useState<AllowedCaller["type"]>("agent");
  const [text, setText] = useState<string>();
  const choices = useQuery({ ...callerChoices(type, text), placeholderData: keepPreviousData });
  const update = useUpdateTool(tool.id);
  const isChosen = (id: string) => chosen.some((each) => each.type === type && each.id === id);
  const without = (caller: AllowedCaller) => chosen.filter((each) => each.type !== caller.type || each.id !== caller.id);
  const toggle = (caller: AllowedCaller) => setChosen(isChosen(caller.id) ? without(caller) : [...chosen, caller]);
  const save = () =>
    update.mutate({ allowed_for: chosen.map((each) => ({ type: each.type, id: each.id })) }, { onSuccess: onClose });
  return (
    <Dialog
      open
      onOpenChange={(isOpen) => !isOpen && onClose()}
      title={`Who may use ${tool.name}`}
      description="Choose agents, teams and workflows. With none chosen, all of the organization may use the tool."
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button variant="primary" busy={update.isPending} onClick={save}>
            {chosen.length === 0 ? "Let all use it" : `Let only ${chosen.length} use it`}
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-3">
        {chosen.length > 0 && (
          <ul aria-label="Chosen" className="flex flex-wrap gap-1.5">
            {chosen.map((each) => (
              <li key={`${each.type} ${each.id}`}>
                <Pill onRemove={() => setChosen(without(each))} removeLabel={`Remove ${each.name ?? "what was deleted"}`}>
                  {each.name ?? `deleted ${each.type}`}
                </Pill>
              </li>
            ))}
          </ul>
        )}
        {/* biome-ignore lint/a11y/useSemanticElements: a row of choices, not a part of a form */}
        <div role="group" aria-label="Kind" className="flex flex-wrap gap-1.5">
          {TYPES.map(({ value, label }) => (
            <Pill key={value} pressed={type === value} onClick={() => setType(value)}>
              {label}
            </Pill>
          ))}
        </div>
        <SearchBox value={text} label="Find by name" onChange={setText} />
        <Loaded query={choices}>
          {(items) =>
            items.length === 0 ? (
              <EmptyState icon={SearchX} title="Nothing matches" />
            ) : (
              <ul aria-label="Choices" className="flex max-h-[36dvh] flex-col gap-2 overflow-y-auto">
                {items.map((each) => (
                  <li key={each.id}>
                    <Checkbox
                      checked={isChosen(each.id)}
                      label={each.name}
                      onChange={() => toggle({ type, id: each.id, name: each.name })}
                    />
                  </li>
                ))}
              </ul>
            )
          }
        </Loaded>
        {update.isError && <ErrorNotice error={update.error} />}
      </div>
    </Dialog>
  );
}
