import { useMemo } from "react";
import type { AgentDefinition } from "@/api/types";
import { TextDiff } from "@/components/text-diff";
import { diffTexts } from "@/lib/text-diff";
import { fieldChanges } from "../editor/draft";

interface Props {
  before: AgentDefinition;
  after: AgentDefinition;
}

/** What differs between two definitions: the instructions word by word, everything else field by field. */
export function DefinitionDiff({ before, after }: Props) {
  const changes = useMemo(() => fieldChanges(before, after), [before, after]);
  const parts = useMemo(() => diffTexts(before.instructions, after.instructions), [before, after]);
  const areInstructionsSame = before.instructions === after.instructions;
  if (areInstructionsSame && changes.length === 0) return <p className="text-muted text-sm">No differences.</p>;
  return (
    <div className="flex flex-col gap-4">
      {!areInstructionsSame && (
        <section aria-label="Instructions" className="flex flex-col gap-1.5">
          <h3 className="font-medium text-muted text-xs">Instructions</h3>
          <TextDiff parts={parts} />
        </section>
      )}
      {changes.length > 0 && (
        <section aria-label="Settings" className="flex flex-col gap-1.5">
          <h3 className="font-medium text-muted text-xs">Settings</h3>
          <ul className="divide-y divide-line rounded-lg border border-line">
            {changes.map((change) => (
              <li key={change.name} className="grid gap-x-3 gap-y-0.5 px-3 py-2 text-xs sm:grid-cols-[10rem_minmax(0,1fr)]">
                <span className="break-words text-muted">{nameOf(change.name)}</span>
                <span className="min-w-0 break-words">
                  <del className="rounded-sm bg-danger-soft px-0.5 text-danger">{change.before}</del>{" "}
                  <ins className="rounded-sm bg-success-soft px-0.5 text-success no-underline">{change.after}</ins>
                </span>
              </li>
            ))}
          </ul>
        </section>
      )}
    </div>
  );
}

/** "config.limits.max_steps" is "limits: max steps" to a reader. */
function nameOf(path: string): string {
  const parts = path.replace(/^(deployment_)?config\./, "").split(".");
  return parts.map((part) => part.replaceAll("_", " ")).join(": ");
}
