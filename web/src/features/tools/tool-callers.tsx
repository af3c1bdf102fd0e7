import { UserLock } from "lucide-react";
import { useState } from "react";
import type { AllowedCaller, Tool } from "@/api/types";
import { Button } from "@/components/ui/button";
import { CallersDialog } from "./callers-dialog";

const WORDS = { agent: "Agent", team: "Team", workflow: "Workflow" } as const;

interface Props {
  readonly tool: Tool;
  readonly canWrite: boolean;
}

/** Which agents, teams and workflows may use the tool. */
export function ToolCallers({ tool, canWrite }: Props) {
  const [isChanging, setChanging] = useState(false);
  return (
    <section aria-label="Who may use it" className="flex flex-col gap-2 rounded-lg border border-line p-3">
      <div className="flex items-center justify-between gap-3">
        <h3 className="font-medium text-sm">Who may use it</h3>
        {canWrite && (
          <Button size="sm" icon={UserLock} onClick={() => setChanging(true)}>
            Choose
          </Button>
        )}
      </div>
      {tool.allowed_for.length === 0 ? (
        <p className="text-muted text-sm">All agents and workflows of the organization.</p>
      ) : (
        <>
          <ul className="flex flex-col gap-1 text-sm">
            {tool.allowed_for.map((caller) => (
              <li key={`${caller.type} ${caller.id}`}>
                <span className="text-muted">{WORDS[caller.type]}</span> {nameOf(caller)}
              </li>
            ))}
          </ul>
          <p className="text-muted text-xs">
            A team stands for its members. Others are refused when they are saved with the tool, and when they run.
          </p>
        </>
      )}
      {isChanging && <CallersDialog tool={tool} onClose={() => setChanging(false)} />}
    </section>
  );
}

function nameOf(caller: AllowedCaller): string {
  return caller.name ?? "that has been deleted";
}
